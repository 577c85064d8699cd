"""The words that captions draw on; a word repeated is drawn more often.

Each list holds names that are true of every garment, hair or person filed under its key.
"""

from __future__ import annotations

COLOUR_WORDS: dict[str, tuple[str, ...]] = {
    "black": ("black", "black", "black", "black", "black", "dark", "jet black", "pitch-black"),
    "white": ("white", "white", "white", "white", "off-white", "snow white"),
    "grey": ("grey", "gray", "grey", "gray", "ash grey", "stone grey", "neutral gray", "mid-grey"),
    "red": ("red", "red", "red", "bright red", "crimson", "scarlet", "cherry red", "deep red"),
    "blue": ("blue", "blue", "blue", "royal blue", "bright blue", "cobalt blue", "vivid blue"),
    "navy": ("navy", "navy blue", "dark blue", "dark blue", "midnight blue", "deep blue"),
    "light blue": ("light blue", "light blue", "sky blue", "pale blue", "baby blue", "powder blue"),
    "green": ("green", "green", "green", "forest green", "emerald green", "grass green"),
    "olive": ("olive", "olive green", "army green", "khaki green", "moss green"),
    "yellow": ("yellow", "yellow", "bright yellow", "golden yellow", "mustard yellow"),
    "orange": ("orange", "orange", "bright orange", "vivid orange", "warm orange"),
    "brown": ("brown", "brown", "brown", "dark brown", "chocolate brown", "coffee brown",
              "mocha brown"),
    "beige": ("beige", "beige", "tan", "sand-coloured", "camel", "light tan"),
    "pink": ("pink", "pink", "light pink", "pastel pink", "rose pink", "soft pink", "dusty pink"),
    "purple": ("purple", "purple", "violet", "deep purple", "dark violet", "rich purple"),
}  # fmt: skip
HAIR_COLOUR_WORDS: dict[str, tuple[str, ...]] = {
    "black": ("black", "black", "black", "jet-black", "dark"),
    "brown": ("brown", "brown", "dark brown", "chestnut brown", "brunette"),
    "blond": ("blond", "blonde", "blonde", "fair", "golden blonde"),
    "grey": ("grey", "gray", "silver grey"),
    "red": ("red", "ginger", "auburn", "copper red"),
}
UPPER_NOUNS: dict[str, tuple[str, ...]] = {
    "t-shirt": ("t-shirt", "t-shirt", "T-shirt", "tee", "tee shirt", "short-sleeved t-shirt",
                "short-sleeve top", "short-sleeved tee", "top"),
    "tank top": ("tank top", "tank top", "sleeveless top", "vest top", "sleeveless shirt", 
    "singlet"),
    "shirt": ("shirt", "shirt", "button-up shirt", "button-down shirt", "buttoned shirt"),
    "long-sleeved top": ("long-sleeved top", "long-sleeve shirt", "long-sleeved t-shirt", "top",
                         "long-sleeve tee", "long-sleeved shirt"),
    "sweater": ("sweater", "sweater", "pullover", "jumper", "knitted sweater", "knit jumper"),
    "hoodie": ("hoodie", "hoodie", "hooded sweatshirt", "hoody", "hooded top"),
    "jacket": ("jacket", "jacket", "casual jacket", "zip-up jacket", "long-sleeved jacket"),
    "coat": ("coat", "long coat", "overcoat"),
    "dress": ("dress", "dress", "one-piece dress", "casual dress"),
}  # fmt: skip
LOWER_NOUNS: dict[str, tuple[str, ...]] = {
    "trousers": ("trousers", "pants", "pants", "slacks", "long pants", "long trousers"),
    "jeans": ("jeans", "jeans", "jeans", "denim jeans", "denim pants", "denim trousers"),
    "leggings": ("leggings", "leggings", "tight leggings", "skin-tight leggings", "tight pants"),
    "shorts": ("shorts", "shorts", "short pants", "casual shorts"),
    "skirt": ("skirt", "skirt", "short skirt"),
    "long skirt": ("long skirt", "long skirt", "full-length skirt", "skirt"),
}
SHOE_NOUNS: dict[str, tuple[str, ...]] = {
    "sneakers": ("sneakers", "sneakers", "trainers", "sports shoes", "running shoes", "shoes",
                 "athletic shoes", "tennis shoes"),
    "boots": ("boots", "boots", "boots", "shoes"),
    "leather shoes": ("leather shoes", "dress shoes", "formal shoes", "shoes", "smart shoes"),
    "sandals": ("sandals", "sandals", "strappy sandals", "open sandals"),
    "high heels": ("high heels", "heels", "high-heeled shoes", "heeled shoes", "pumps"),
}  # fmt: skip
BAG_NOUNS: dict[str, tuple[str, ...]] = {
    "backpack": ("backpack", "backpack", "backpack", "rucksack", "knapsack"),
    "handbag": ("handbag", "handbag", "purse", "hand bag", "bag"),
    "shoulder bag": ("shoulder bag", "shoulder bag", "crossbody bag", "messenger bag", "bag"),
    "suitcase": ("suitcase", "suitcase", "wheeled suitcase", "rolling suitcase", "trolley case"),
    "shopping bag": ("shopping bag", "shopping bag", "carrier bag", "bag"),
}
HAT_NOUNS: dict[str, tuple[str, ...]] = {
    "cap": ("cap", "baseball cap", "cap", "peaked cap"),
    "beanie": ("beanie", "knitted hat", "woolly hat", "beanie hat"),
    "brimmed": ("brimmed hat", "hat", "sun hat", "wide-brimmed hat"),
}
OTHER_NOUNS: dict[str, tuple[str, ...]] = {
    "umbrella": ("umbrella",),
    "phone": ("phone", "mobile phone", "cell phone", "smartphone"),
    "scarf": ("scarf", "scarf", "neck scarf"),
}
GLASSES_NOUNS = ("glasses", "glasses", "eyeglasses", "spectacles")

# Hair as a noun phrase with {c} for its colour; without an article where "hair" heads it.
HAIR_PHRASES: dict[str, tuple[str, ...]] = {
    "bald": ("a bald head", "a shaved head", "a shaven head"),
    "short": ("short {c} hair", "{c} short hair", "short, {c} hair", "cropped {c} hair",
              "short-cut {c} hair", "a short {c} haircut"),
    "medium": ("medium-length {c} hair", "chin-length {c} hair", "{c} medium-length hair",
               "{c} hair of medium length"),
    "long": ("long {c} hair", "{c} long hair", "long, {c} hair", "long loose {c} hair",
             "{c} hair falling past the shoulders"),
    "ponytail": ("a {c} ponytail", "{c} hair tied in a ponytail", "{c} hair in a ponytail",
                 "{c} hair gathered into a ponytail"),
    "bun": ("{c} hair in a bun", "a {c} bun", "{c} hair tied up in a bun",
            "{c} hair pinned up in a bun"),
}  # fmt: skip
# What hair is said to be: "her hair is ...".
HAIR_QUALITIES: dict[str, tuple[str, ...]] = {
    "bald": (),
    "short": ("short and {c}", "{c} and short", "{c} and cut short"),
    "medium": ("{c} and of medium length", "medium-length and {c}", "{c} and reaches the chin"),
    "long": ("long and {c}", "{c} and long", "{c} and falls past the shoulders"),
    "ponytail": ("{c} and tied in a ponytail", "tied back in a {c} ponytail"),
    "bun": ("{c} and tied in a bun", "tied up in a {c} bun"),
}
PERSON_NOUNS: dict[tuple[str, str], tuple[str, ...]] = {
    ("man", "child"): ("boy", "young boy", "little boy", "small boy", "male child"),
    ("man", "young"): ("man", "young man", "guy", "young guy", "young male", "lad"),
    ("man", "adult"): ("man", "man", "male", "guy", "adult man", "middle-aged man", "gentleman",
                       "male pedestrian"),
    ("man", "old"): ("old man", "elderly man", "older gentleman", "elderly gentleman", "senior man",
                     "man"),
    ("woman", "child"): ("girl", "young girl", "little girl", "small girl", "female child"),
    ("woman", "young"): ("woman", "young woman", "young lady", "girl", "young female"),
    ("woman", "adult"): ("woman", "woman", "lady", "female", "adult woman", "middle-aged woman",
                         "female pedestrian"),
    ("woman", "old"): ("old woman", "elderly woman", "older lady", "elderly lady", "senior woman",
                       "woman"),
}  # fmt: skip
PLAIN_PERSON_NOUNS: dict[tuple[str, bool], tuple[str, ...]] = {
    ("man", True): ("boy",),
    ("man", False): ("man", "male", "guy"),
    ("woman", True): ("girl",),
    ("woman", False): ("woman", "lady", "female"),
}
BUILD_WORDS: dict[str, tuple[str, ...]] = {
    "slim": ("slim", "slender", "thin"),
    "average": (),
    "heavy": ("heavy-set", "stout", "heavily built", "plump"),
}
SLEEVE_WORDS: dict[str, tuple[str, ...]] = {
    "none": ("sleeveless",),
    "short": ("short-sleeved", "short-sleeve"),
    "long": ("long-sleeved", "long-sleeve"),
}
# Two colours, {c} the main and {d} the other with its article {a}, around the noun {n}.
PATTERN_PHRASES: dict[str, tuple[str, ...]] = {
    "striped": ("{c} and {d} striped {n}", "striped {c} and {d} {n}", "{c} {n} with {d} stripes",
                "{c}/{d} striped {n}", "{d}-striped {c} {n}", "striped {c} {n}"),
    "checked": ("{c} and {d} checked {n}", "{c} and {d} plaid {n}", "checkered {c} and {d} {n}",
                "plaid {c} {n}", "{c} {n} with {d} checks"),
    "dotted": ("{c} {n} with {d} dots", "{c} polka-dot {n}", "{c} and {d} dotted {n}",
               "spotted {c} and {d} {n}", "{c} {n} with {d} polka dots"),
    "colour-block": ("{c} and {d} {n}", "two-tone {c} and {d} {n}", "{c} and {d} colour-block {n}"),
    "logo": ("{c} {n} with {a} {d} logo", "{c} {n} with {a} {d} print",
             "{c} {n} with {d} lettering",
             "{c} {n} with {a} {d} graphic on the chest",
             "{c} {n} with {a} {d} print on the front"),
}  # fmt: skip
