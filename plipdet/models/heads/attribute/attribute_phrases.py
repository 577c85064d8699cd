"""What to ask a text encoder for an attribute of which a data set gives only a name."""

from __future__ import annotations

import re

PERSON = "a person"
"""What a phrase is held against where nothing says which cosine is usual for it."""

# Names as words, of PA-100K, PETA, RAP, Market-1501 and MiniPedes, several between bars.
_PHRASES = {
    "a woman": "female | femal | personal female",
    "a man": "male | personal male",
    "a child": "age child | age less 16 | age less 18 | personal less 15",
    "a teenager": "age teenager | teenager",
    "a young person": "age young | young | age 17 30 | personal less 30",
    "an adult": "age adult | adult | age 18 60 | age 31 45 | personal less 45",
    "a middle-aged person": "age 46 60 | personal less 60",
    "an old person": "age old | old | age over 60 | personal larger 60",
    "a slim person": "build slim | body thin",
    "a person of normal build": "body normal",
    "a heavy person": "build heavy | body fat",
    "a customer": "customer",
    "a shop clerk": "clerk | employee",
    "a person seen from the front": "front",
    "a person seen from the side": "side",
    "a person seen from behind": "back",
    "a person with long hair": "hair long | long hair | hs long hair",
    "a person with short hair": "hair short",
    "a person with tied hair": "hair tied",
    "a person with black hair": "hs black hair",
    "a bald person": "bald | hair bald | hs bald head",
    "a person wearing a hat": "hat | accessory hat | hs hat",
    "a person wearing glasses": "glasses | hs glasses",
    "a person wearing sunglasses": "accessory sunglasses",
    "a person wearing a scarf": "scarf | accessory muffler | hs muffler",
    "a person without accessories": "accessory nothing",
    "a person wearing a sleeveless top": "sleeveless | upper body no sleeve | ub vest",
    "a person in short sleeves": (
        "sleeves short | short sleeves | short sleeve | upper body short sleeve | ub short sleeve"
    ),
    "a person in long sleeves": "sleeves long | long sleeve | upper body long sleeve",
    "a person wearing a t-shirt": "upper t shirt | upper body tshirt | ub t shirt",
    "a person wearing a shirt": "upper shirt | ub shirt",
    "a person wearing a sweater": "upper sweater | upper body sweater | ub sweater",
    "a person wearing a jacket": "upper jacket | upper body jacket | ub jacket",
    "a person wearing a padded jacket": "ub cotton",
    "a person wearing a suit": "ub suit up | upper body suit | upper body formal",
    "a person wearing a tight top": "ub tight",
    "a person wearing a casual top": "upper body casual",
    "a person wearing a top with a v-neck": "upper body v neck",
    "a person wearing another kind of top": "upper body other | ub others",
    "a person wearing a long coat": "long coat",
    "a person wearing a dress": "dress | lb dress",
    "a person wearing a skirt or a dress": "skirt dress",
    "a person wearing a striped top": "upper striped | upper stride | upper body thin stripes",
    "a person wearing a plaid top": "upper plaid | upper body plaid",
    "a person wearing a dotted top": "upper dotted",
    "a person wearing a top of two colours": "upper colour block | upper splice",
    "a person wearing a top with a logo": "upper logo | upper body logo",
    "a person wearing trousers": "trousers | pants | lower body trousers | lb long trousers",
    "a person wearing formal trousers": "lower body formal",
    "a person wearing casual trousers": "lower body casual",
    "a person wearing tight trousers": "lb tight trousers",
    "a person wearing jeans": "jeans | lower body jeans | lb jeans",
    "a person wearing shorts": "shorts | lower body shorts",
    "a person wearing shorts or a short skirt": "short lower body",
    "a person wearing a skirt": "skirt | lb skirt",
    "a person wearing a short skirt": "lower body short skirt | lb short skirt",
    "a person wearing striped trousers": "lower striped | lower stripe",
    "a person wearing patterned trousers": "lower patterned | lower pattern",
    "a person wearing sneakers": (
        "sneakers | footwear sneaker | footwear sneakers | shoes sport | shoes sports"
    ),
    "a person wearing boots": "boots | shoes boots | footwear boots",
    "a person wearing leather shoes": "leather shoes | footwear leather shoes | shoes leather",
    "a person wearing sandals": "sandals | footwear sandals",
    "a person wearing shoes": "footwear shoes",
    "a person wearing cloth shoes": "shoes cloth",
    "a person wearing casual shoes": "shoes casual",
    "a person wearing other shoes": "shoes other",
    "a person with a backpack": (
        "backpack | carrying backpack | attach backpack | attachment backpack"
    ),
    "a person with a handbag": "handbag | hand bag | attach hand bag | attachment hand bag",
    "a person with a shoulder bag": (
        "shoulder bag | bag | carrying messenger bag | attach single shoulder bag"
        " | attachment shoulder bag"
    ),
    "a person with a suitcase": "suitcase | attach hand trunk | attachment hand trunk",
    "a person with a shopping bag": "shopping bag",
    "a person with a plastic bag": (
        "carrying plastic bags | attach plastic bag | attachment plastic bag"
    ),
    "a person with a paper bag": "attach paper bag | attachment paper bag",
    "a person with a box": "attach box | attachment box",
    "a person carrying something": "carrying other | attach other | attachment other",
    "a person carrying nothing": "carrying nothing",
    "a person with an umbrella": "umbrella",
    "a person with a phone": "phone",
    "a person holding something in front": "hold objects in front | action holding",
    "a person on the phone": "action calling",
    "a person who is talking": "action talking",
    "a person in a group": "action gathering",
    "a person pushing something": "action pusing | action pushing",
    "a person pulling something": "action pulling",
    "a person carrying something on the arm": "action carryby arm | action carrying by arm",
    "a person carrying something in the hand": "action carryby hand | action carrying by hand",
    "a person doing something else": "action other",
}
_COLOURS = "black white gray grey red blue green yellow orange brown pink purple".split()
_PARTS = {
    "top": ("upper", "up", "ub", "ub color", "up color", "upper body"),
    "trousers": ("lower", "down", "lb", "lb color", "low", "lower body"),
    "shoes": ("shoes", "footwear"),
}
_BY_NAME = {name.strip(): phrase for phrase, names in _PHRASES.items() for name in names.split("|")}
_BY_NAME |= {
    f"{where} {colour}": f"a person wearing {'a ' if part == 'top' else ''}{colour} {part}"
    for part, places in _PARTS.items()
    for where in places
    for colour in _COLOURS
}
_BY_NAME |= {  # Market-1501 writes them as one word
    f"{where}{colour}": _BY_NAME[f"{where} {colour}"]
    for where in ("up", "down")
    for colour in _COLOURS
}


def phrase_of(name: str) -> str:
    """Return a phrase for an attribute's name; of one that is not known, the name's own words."""
    words = _words(name)
    return _BY_NAME.get(words, f"a person with {words}" if words else PERSON)


def _words(name: str) -> str:
    """Return the words of a name like ``upperBodyThinStripes`` or ``ub-ShortSleeve``, small."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z0-9])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return " ".join(re.findall(r"[a-z]+|[0-9]+", apart.lower()))
