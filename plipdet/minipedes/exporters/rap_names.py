"""The names of RAP's attributes, and when they hold of MiniPedes's people."""

from __future__ import annotations

from plipdet.minipedes.exporters.public_labels import Rule, any_of, none_of

_ACTIONS = ("Calling", "Talking", "Gathering", "Holding")
NAMES_V1: tuple[str, ...] = (
    *("Female", "AgeLess16", "Age17-30", "Age31-45", "BodyFat", "BodyNormal", "BodyThin"),
    *("Customer", "Clerk"),
    *(f"hs-{n}" for n in ("BaldHead", "LongHair", "BlackHair", "Hat", "Glasses", "Muffler")),
    *(f"ub-{n}" for n in ("Shirt", "Sweater", "Vest", "TShirt", "Cotton", "Jacket", "SuitUp")),
    *("ub-Tight", "ub-ShortSleeve"),
    *(f"lb-{n}" for n in ("LongTrousers", "Skirt", "ShortSkirt", "Dress", "Jeans")),
    "lb-TightTrousers",
    *(f"shoes-{n}" for n in ("Leather", "Sport", "Boots", "Cloth", "Casual")),
    *(f"attach-{n}" for n in ("Backpack", "SingleShoulderBag", "HandBag", "Box", "PlasticBag")),
    *(f"attach-{n}" for n in ("PaperBag", "HandTrunk", "Other")),
    *(f"action-{n}" for n in (*_ACTIONS, "Pusing", "Pulling", "CarrybyArm", "CarrybyHand")),
    *(f"face{n}" for n in ("Front", "Back", "Left", "Right")),
    *(f"occlusion{n}" for n in ("Left", "Right", "Up", "Down")),
    *(f"occlusion-{n}" for n in ("Environment", "Attachment", "Person", "Other")),
    *(f"up-{n}" for n in ("Black", "White", "Gray", "Red", "Green", "Blue", "Yellow", "Brown")),
    *(f"up-{n}" for n in ("Purple", "Pink", "Orange", "Mixture")),
    *(f"low-{n}" for n in ("Black", "White", "Gray", "Red", "Green", "Blue", "Yellow", "Mixture")),
    *(f"shoes-{n}" for n in ("Black", "White", "Gray", "Red", "Green", "Blue", "Yellow")),
    *("shoes-Brown", "shoes-Mixture"),
)
"""The 92 of version 1, of which the first 51 are evaluated."""

_COLOURS = (
    *("Black", "White", "Gray", "Red", "Green", "Blue", "Silver", "Yellow", "Brown", "Purple"),
    *("Pink", "Orange", "Mixture", "Other"),
)
NAMES_V2: tuple[str, ...] = (
    *("Femal", "AgeLess16", "Age17-30", "Age31-45", "Age46-60", "AgeBiger60"),
    *("BodyFatter", "BodyFat", "BodyNormal", "BodyThin", "BodyThiner", "Customer", "Employee"),
    *(f"hs-{n}" for n in ("BaldHead", "LongHair", "BlackHair", "Hat", "Glasses", "Sunglasses")),
    *("hs-Muffler", "hs-Mask"),
    *(f"ub-{n}" for n in ("Shirt", "Sweater", "Vest", "TShirt", "Cotton", "Jacket", "SuitUp")),
    *("ub-Tight", "ub-ShortSleeve", "ub-Others"),
    *("up-ColorRed" if n == "Red" else f"ub-Color{n}" for n in _COLOURS),  # as the release has it
    *(f"lb-{n}" for n in ("LongTrousers", "Shorts", "Skirt", "ShortSkirt", "LongSkirt", "Dress")),
    *("lb-Jeans", "lb-TightTrousers"),
    *(f"lb-Color{n}" for n in _COLOURS),
    *(f"shoes-{n}" for n in ("Leather", "Sports", "Boots", "Cloth", "Sandals", "Casual", "Other")),
    *(f"shoes-Color{n}" for n in _COLOURS),
    *(f"attachment-{n}" for n in ("Backpack", "ShoulderBag", "HandBag", "WaistBag", "Box")),
    *(f"attachment-{n}" for n in ("PlasticBag", "PaperBag", "HandTrunk", "Baby", "Other")),
    *(f"action-{n}" for n in ("Calling", "StrechOutArm", "Talking", "Gathering")),
    *(f"action-{n}" for n in ("LyingCounter", "Squatting", "Running", "Holding", "Pushing")),
    *(f"action-{n}" for n in ("Pulling", "CarryingByArm", "CarryingByHand", "Other")),
)
"""The names of version 2 before those of views and positions."""

_UNSELECTED_V2 = (
    *("AgeBiger60", "BodyFatter", "BodyThiner", "hs-Sunglasses", "hs-Muffler", "hs-Mask"),
    *("lb-Shorts", "lb-LongSkirt", "shoes-Sandals", "attachment-WaistBag", "attachment-Baby"),
    *("action-StrechOutArm", "action-LyingCounter", "action-Squatting", "action-Running"),
)
SELECTED_V2: tuple[str, ...] = tuple(
    name for name in NAMES_V2 if name not in _UNSELECTED_V2 and "-Color" not in name
)
"""The 54 that are evaluated, in the order of the file."""

_GARMENTS: dict[str, Rule] = {
    "AgeLess16": any_of("age child"),
    "Age17-30": any_of("age young"),
    "Age31-45": any_of("age adult"),
    "BodyNormal": none_of("build slim", "build heavy"),
    "BodyFat": any_of("build heavy"),
    "BodyThin": any_of("build slim"),
    "hs-BaldHead": any_of("bald"),
    "hs-LongHair": any_of("hair long"),
    "hs-Hat": any_of("hat"),
    "hs-Glasses": any_of("glasses"),
    "hs-Muffler": any_of("scarf"),
    "ub-Shirt": any_of("upper shirt"),
    "ub-Sweater": any_of("upper sweater"),
    "ub-TShirt": any_of("upper t-shirt"),
    "ub-Cotton": any_of("long coat"),
    "ub-Jacket": any_of("upper jacket"),
    "ub-ShortSleeve": any_of("sleeves short", "sleeveless"),
    "lb-LongTrousers": Rule(("trousers",), ("jeans",)),
    "lb-Skirt": any_of("skirt"),
    "lb-Dress": any_of("dress"),
    "lb-Jeans": any_of("jeans"),
    "shoes-Leather": any_of("leather shoes"),
    "shoes-Boots": any_of("boots"),
    "action-Calling": any_of("phone"),
    "action-Pulling": any_of("suitcase"),
}
_COLOUR_WORDS = {
    "Black": "black",
    "White": "white",
    "Gray": "grey",
    "Red": "red",
    "Green": "green",
    "Blue": "blue",
    "Yellow": "yellow",
    "Brown": "brown",
    "Pink": "pink",
}
_COLOURED = {"up-": "upper", "ub-Color": "upper", "low-": "lower", "lb-Color": "lower"}
RULES: dict[str, Rule] = {
    **_GARMENTS,
    "Female": any_of("female"),
    "Femal": any_of("female"),
    "AgeBiger60": any_of("age old"),
    "ub-Others": any_of("dress"),
    "lb-Shorts": any_of("shorts"),
    "shoes-Sport": any_of("sneakers"),
    "shoes-Sports": any_of("sneakers"),
    "shoes-Sandals": any_of("sandals"),
    **{
        f"{attached}-{public}": any_of(ours)
        for attached in ("attach", "attachment")
        for public, ours in (
            ("Backpack", "backpack"),
            ("HandBag", "handbag"),
            ("PaperBag", "shopping bag"),
            ("HandTrunk", "suitcase"),
            ("Other", "umbrella"),
        )
    },
    "attach-SingleShoulderBag": any_of("shoulder bag"),
    "attachment-ShoulderBag": any_of("shoulder bag"),
    **{
        f"{worn}{public}": any_of(f"{part} {ours}")
        for worn, part in _COLOURED.items()
        for public, ours in _COLOUR_WORDS.items()
        if f"{worn}{public}" in (*NAMES_V1, *NAMES_V2)
    },
    "up-ColorRed": any_of("upper red"),
}
"""When a name of either version holds; the others hold for nobody."""
