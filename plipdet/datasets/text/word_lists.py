"""Our words for describing pedestrians, by the part they play in a noun phrase.

The paper assigns noun phrases to six slots by keyword sets that were never published
(arXiv 2305.08386, section 2.2); these are ours. Words are lower case and singular where they have
a plural; :mod:`plipdet.datasets.text.word_classes` adds the plurals.
"""

from __future__ import annotations

COLOURS = """
black white grey gray red blue navy green olive yellow orange brown beige pink purple violet tan
khaki cream maroon burgundy teal turquoise cyan aqua magenta gold golden silver charcoal ivory
crimson scarlet rust mustard lavender lilac indigo peach coral salmon mint lime emerald rose
camel bronze copper taupe mauve fuchsia plum wine azure cobalt ochre amber sand nude coffee
chocolate caramel ash tawny aubergine apricot ginger cerulean whitish blackish bluish reddish
greenish yellowish brownish greyish grayish pinkish purplish multicolored multicoloured colorful
colourful colored coloured two-tone neon blond blonde auburn brunette flaxen
"""

# Go before a colour and make one colour with it.
SHADES = """
light dark bright pale deep dull muted pastel medium mid soft warm vivid dusty off plain rich
sky baby royal army forest jet pitch snow cherry ruby midnight powder moss mocha cocoa canary
grass stone slate steel smoky neutral drab leaf mustard lemon brick blood sea
ocean ice electric hot blush rose sand golden silver chocolate coffee khaki emerald cobalt olive
chestnut copper
"""

# May stand alone for the hair ("the blonde woman"), or modify it ("blonde hair").
HAIR_ADJECTIVES = "blond blonde brunette auburn"

# Stand alone for the head.
HEAD_PREDICATES = "bald balding bareheaded haired bearded bespectacled moustached clean-shaven"

MODIFIERS = """
light dark bright pale deep faded vivid dull muted pastel fluorescent reflective shiny glossy matte
plain solid simple blank patterned printed striped stripy stripey pinstriped checked checkered
chequered check plaid gingham tartan argyle dotted spotted polka-dot polka dot floral flowered
flowery camouflage camo houndstooth graphic paisley leopard animal tie-dye tie-dyed herringbone
long short medium mid full half quarter length maxi midi mini micro
knee-length knee-high thigh-high ankle-length calf-length mid-length shoulder-length waist-length
medium-length full-length half-length chin-length three-quarter cropped crop capri bermuda
loose tight tight-fitting loose-fitting fitted slim slim-fit skinny baggy wide wide-leg wide-legged
straight bootcut flared flowing oversized oversize large small big little tiny huge bulky thick
thin heavy heavyweight lightweight low high tall middle flat medium-sized mid-sized narrow slender
sleeve sleeved sleeveless long-sleeve short-sleeve half-sleeve long-sleeved short-sleeved
half-sleeved off-shoulder strapless hooded zipped zip zip-up zippered buttoned button button-up
button-down buttoned-up down up collared collarless v-neck v-necked round-neck crew-neck crewneck
high-necked high-neck high-collared turtle-neck open closed unbuttoned unzipped belted padded
quilted puffy down-filled lined double-breasted single-breasted pleated ruffled frilly lacy layered
a-line pencil ripped torn distressed frayed washed worn old new old-fashioned vintage fashionable
stylish trendy modern elegant neat tidy messy clean dirty muddy bare plain-coloured
casual formal business sporty athletic athletic-style sport sports sporting-style school work
military army combat cargo leather suede cotton linen wool woolen woollen woolly silk
satin velvet velour corduroy nylon polyester knit knitted knitting mesh lace chiffon tweed
fur furry faux fake rubber plastic paper canvas cloth fabric straw metal metallic patent
wooden mohair cashmere spandex lycra chambray terry waterproof windproof thermal insulated
v round square rectangular oval triangular pointed pointy heeled high-heeled low-heeled
flat-soled thick-soled low-top high-top low-cut high-cut open-toed open-toe closed-toe
chunky ankle-high calf-high slip-on lace-up strappy peep-toe
curly wavy frizzy bushy spiky shaggy sleek silky glossy bobbed permed dyed bleached highlighted
ombre loosened braided plaited tied-up tied pulled-back swept slicked slicked-back parted shaved
shaven buzzed thinning receding balding shoulder-long layered fluffy fine
nice pretty beautiful similar matching same different normal regular standard basic
mixed various several assorted stained tinted rimmed black-rimmed wire-rimmed framed
single-shoulder one-shoulder cross-body crossbody cross messenger drawstring
gym travel computer rolling wheeled grocery folded rolled rolled-up
t tank sweat track tracksuit baseball basketball football soccer rugby
tennis golf training workout yoga rain winter summer
spring autumn pea bomber biker flight puffer varsity letterman college university
flip sneaker-like canvas-style designer brand branded adidas nike puma converse fedora-style
bucket safety hard construction security police surgical medical
smart baby water coffee
legged legging-style fit fitting soled toed strap strapped hued tone toned
all entirely completely
"""

ADVERBS = """
very slightly fairly mostly quite rather somewhat mainly partly partially really extremely too so
also almost nearly just only predominantly
"""

DETERMINERS = """
a an the this that these those his her their its my your our some any each every both another one
two three four five six seven eight nine ten no
"""

GENDER_NOUNS = """
man woman male female lady gentleman boy girl guy gal lad lass dude bloke chap mother father mom
mum dad grandmother grandfather grandma grandpa granny schoolboy schoolgirl businessman
businesswoman policeman policewoman sir madam husband wife son daughter brother sister
"""
GENDER_PLURALS = "men women gentlemen ladies businessmen businesswomen wives"

HEAD_NOUNS = """
hair hairs haircut hairstyle hairdo ponytail pigtail pony-tail braid plait bun bang fringe dreadlock
dread curl bob afro mohawk cornrow topknot crewcut lock
hat cap beanie helmet beret fedora visor headscarf headband bandana bandanna hairband turban hijab
veil headphone earphone earbud headset bonnet sunhat snapback earmuff hairpin hairclip scrunchie
tail
glass eyeglass sunglass spectacle goggle eyewear mask facemask beard moustache mustache goatee
stubble sideburn earring freckle brim
"""
# Count as the head's only behind a modifier ("a shaved head", but not "on the head").
CONDITIONAL_HEAD_NOUNS = "head cut"

UPPER_NOUNS = """
shirt t-shirt tshirt tee tee-shirt undershirt blouse sweater sweatshirt hoodie hoody jumper pullover
cardigan jersey polo vest waistcoat gilet camisole cami tank singlet bodysuit tunic bra bralette
turtleneck turtle-neck jacket coat overcoat topcoat raincoat windbreaker parka anorak blazer suit
tuxedo trench peacoat poncho cape cloak robe gown dress sundress jumpsuit playsuit romper onesie
uniform outfit clothing clothes clothe attire garment outerwear top-coat fleece kimono sari abaya
cheongsam qipao thawb tracksuit apron shawl tie necktie bowtie bow
collar hood sleeve zipper lapel cuff neckline hem
"""
CONDITIONAL_UPPER_NOUNS = "top"

LOWER_NOUNS = """
pant trouser jean denim short skirt miniskirt legging jegging slack chino khakis sweatpant jogger
culotte capris tight stocking pantyhose breech corduroys cords bottoms overall dungaree trunk
bermudas hotpant pantaloon kilt skort suspender cutoff underpant
"""
CONDITIONAL_LOWER_NOUNS = "bottom"

SHOE_NOUNS = """
shoe sneaker boot bootie sandal slipper heel loafer trainer flip-flop flop flat pump moccasin clog
oxford brogue stiletto wedge espadrille footwear sock mule plimsoll wellington welly crocs creeper
sole shoelace lace shoestring cleat
"""
CONDITIONAL_SHOE_NOUNS = "foot feet barefoot"
SHOE_PREDICATES = "barefoot barefooted"

BELONGING_NOUNS = """
backpack back-pack rucksack knapsack bag handbag hand-bag schoolbag bookbag purse satchel tote
briefcase suitcase luggage trolley case pouch pack wallet clutch duffel sack basket bundle
umbrella parasol phone cellphone smartphone telephone iphone mobile tablet laptop camera book
notebook folder file paper newspaper magazine document bottle cup mug drink can box package parcel
stroller pram pushchair cart wheelchair bicycle bike scooter motorcycle motorbike skateboard moped
cane stick crutch racket ball guitar
scarf muffler belt glove mitten necklace bracelet bangle wristwatch wristband lanyard badge jewelry
jewellery brooch pendant fan key balloon flower bouquet toy towel belonging carrier food
"""
CONDITIONAL_BELONGING_NOUNS = "watch ring"

# Parts and patterns that belong to whatever garment was named before them.
PART_NOUNS = """
stripe stripes logo print printing pattern design dot spot letter lettering writing word text number
graphic picture image check emblem patch trim trimming accent detail strap frill ruffle flower-print
button buckle band line motif
"""

# Directly before a belonging or something worn on the head: "hand bag", "shoulder bag".
COMPOUND_PARTS = (
    "back hand shoulder side waist body neck knee ankle hip leg arm wrist chest chin calf face"
)

# Directly before the things one does it in: "running shoes", "shopping bag".
GERUND_MODIFIERS = (
    "running walking hiking jogging cycling riding shopping sleeping climbing dancing"
)

COPULAS = "is are was were seems appears"
RELATIVES = "that which"
CONJUNCTIONS = "and or & / with-and"

# Never inside a phrase: verbs, prepositions, pronouns and what else follows a noun in captions.
BREAKERS = """
with in on at by from into onto over under around through behind below above beside near next
off out of to for about against across along toward towards between while when where who whom whose
as but than then there here it he she they him them i you we not be been being has have had having
do does did wear wears wore worn carry carries carried hold holds held walk walks walked stand
stands stood sit sits sat ride rides rode go goes went look looked see sees seen faces faced
show shows shown turn turns turned move moves moved pull pulls pulled push pushes pushed drag drags
dragged hang hangs hung cover covers covered reach reaches reached come comes came fall falls fell
put puts make makes made take takes took talk talks talked use uses used get gets got keep keeps
kept match matches matched pair pairs paired couple set combine combines combined complement
complements feature features featured sport include includes included appear seem tuck tucks tucked
slung strapped-on attached draped dressed dresses clad clothed adorned outfitted attired donned dons
stop stops wait waits run runs cross crosses crossed rest rests lean leans leaned bend bends lie
lies like likes can could will would may might must cannot maybe probably left right front rear
street road ground floor wall car camera background middle-aged person people pedestrian
individual figure someone somebody student worker adult child kid toddler teenager teen infant
baby-faced legs pocket pockets s d ll re ve m
away backward backwards forwards ahead together apart sideways today slung something
what how because if so
"""
