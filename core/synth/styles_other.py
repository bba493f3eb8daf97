"""Jazz, blues, country, classical, waltz, techno and drum and bass in the notation of `core.synth.styles`."""

from core.synth.style import Levels, Style

JAZZ = Style(
    name="jazz",
    scale="major",
    swing=(0.6, 0.68),
    progressions=("ii7 V7 Imaj7 vi7", "Imaj7 vi7 ii7 V7", "Imaj7 iii7,VI7 ii7 V7", "ii7 V7 Imaj7 Imaj7"),
    grooves=(
        (("ride", "X...X.o.X...X.o."), ("pedal hat", "----X-------X---"), ("kick", "o...o...o...o...")),
        (
            ("ride", "x...X.x.x...X.x."),
            ("pedal hat", "----x-------x---"),
            ("kick", "o...o...o...o..."),
            ("rim", "------------o---"),
        ),
        (
            ("brush", "x...X...x...X..."),
            ("pedal hat", "----X-------X---"),
            ("kick", "o...o...o...o..."),
            ("ride", "o...o.o.o...o.o."),
        ),
    ),
    bass=("0...1...2...a...", "0...2...3...a...", "3...2...1...a...", "0...1...2...3..."),
    comp=("x.....o.--------", "------x.----x...", "x...----------x.", "----x...----x..."),
    lead=(
        "x.x.x.x.x...x.x.|x...--x.x.x.x...",
        "--x.x.x.x.x.x...|x.....x.x.......",
        "x.....x.x.x.x.x.|x...........x.x.",
    ),
    bass_players=("upright_bass",),
    comp_players=("piano", "electric_piano"),
    lead_players=("brass", "vibraphone", "flute"),
    kits=("jazz",),
    levels=Levels(drums=-3.0, bass=0.0, comp=-9.0, lead=-8.0),
    fills=False,
    reverb_s=0.24,
)

BLUES = Style(
    name="blues",
    scale="blues",
    progressions=("I7 IV7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 V7", "I7 I7 IV7 I7 V7 IV7 I7 V7", "I7 IV7 I7 V7"),
    grooves=(
        (("kick", "X-----X-----"), ("snare", "---X-----X--"), ("hat", "X.oX.oX.oX.o")),
        (("kick", "X-oX-oX-oX-o"), ("snare", "---X-----X--"), ("ride", "X.oX.oX.oX.o")),
        (("kick", "X--o--X--o-o"), ("snare", "---X-o---X-o"), ("hat", "x.xX.xx.xX.x")),
    ),
    bass=("0..1..2..s..", "0.01.12.2s.s", "0..2..3..2.."),
    comp=("x.ox.ox.ox.o", "x-----x-----", "---X-----X--", "x..--x---..x"),
    lead=("x.xx.x......|---x.xx..x..", "--xx..x.x...|------------", "x..x..x.x...|---x.xx....."),
    bass_players=("finger_bass", "upright_bass"),
    comp_players=("steel_guitar", "piano", "organ"),
    lead_players=("lead_guitar",),
    levels=Levels(bass=-2.0, comp=-9.0, lead=-8.0),
    strum_s=0.008,
)

COUNTRY = Style(
    name="country",
    scale="major pentatonic",
    progressions=("I IV I V7", "I I IV V", "I vi IV V", "IV I V I"),
    grooves=(
        (("kick", "X-------X-------"), ("snare", "----X-------X---"), ("brush", "x.x.x.x.x.x.x.x.")),
        (("kick", "X-------X-------"), ("rim", "----X-------X---"), ("shaker", "x.o.x.o.x.o.x.o.")),
        (("kick", "X-------X-------"), ("snare", "o.ooX.ooo.ooX.oo")),
    ),
    bass=("0.......2.......", "0.......2...a...", "0...--..2...1..."),
    comp=("----X.------X.--", "0---X.x.2---X.x.", "0.2.3.4.0.2.3.4.", "X...X.x.X...X.x."),
    lead=("x.x.x...x.x.x...|x...x...x.......", "--x.x.x.x.......|x.x.x.x.x......."),
    bass_players=("upright_bass", "finger_bass"),
    comp_players=("steel_guitar",),
    lead_players=("steel_guitar", "flute"),
    levels=Levels(drums=-3.0, bass=-1.0, comp=-6.0, lead=-7.0),
    strum_s=0.012,
)

CLASSICAL = Style(
    name="classical",
    scale="major",
    progressions=("I V vi iii IV I IV V", "I IV V I", "I vi ii V7", "I V7 I IV ii V7 I I"),
    grooves=((),),
    bass=("0.......2.......", "0...2...1...2...", "0...0...2...2..."),
    comp=("0.2.1.2.0.2.1.2.", "0.1.2.3.4.3.2.1.", "0.2.3.4.5.4.3.2."),
    lead=(
        "x...x...x.......|x...x.x.x.......",
        "x.......x...x...|x...x...x.......",
        "x...x.x.x...x...|x.......x.......",
    ),
    bass_players=("harp", "strings"),
    comp_players=("piano", "harp"),
    pad_players=("strings",),
    lead_players=("strings", "flute"),
    levels=Levels(bass=-1.0, comp=-3.0, pad=-14.0, lead=-1.0),
    reverb_s=0.38,
    fills=False,
)

WALTZ = Style(
    name="waltz",
    beats_per_bar=3,
    scale="major",
    progressions=("I I V7 V7 V7 V7 I I", "I vi ii V7", "I IV V7 I", "I V7 vi IV I V7 I I"),
    grooves=(
        (),
        (("kick", "o-----------"), ("tambourine", "----o---o---")),
    ),
    bass=("0...--------", "0...------..|2...--------"),
    comp=("----x.--x.--", "----x.--x.--", "0.1.2.3.2.1."),
    lead=("x.......x...|x...x...x...", "x...x...x...|x...........", "x.......x.x.|x.......----"),
    bass_players=("harp", "upright_bass"),
    comp_players=("harp", "piano"),
    pad_players=("strings",),
    lead_players=("strings", "flute"),
    levels=Levels(drums=-6.0, bass=0.0, comp=-3.0, pad=-15.0, lead=-2.0),
    reverb_s=0.38,
    fills=False,
)

TECHNO = Style(
    name="techno",
    minor=True,
    scale="minor",
    progressions=("i i bVI bVII", "i bVI bIII bVII", "i i iv v", "i i i i"),
    grooves=(
        (("kick", "X...X...X...X..."), ("open hat", "--x---x---x---x-"), ("clap", "----x-------x---")),
        (
            ("kick", "X...X...X...X..."),
            ("open hat", "--x---x---x---x-"),
            ("hat", "oooooooooooooooo"),
            ("clap", "----x-------x---"),
        ),
        (("kick", "X...X...X...X..."), ("hat", "--xo--xo--xo--xo"), ("rim", "---o--o----o--o-")),
    ),
    bass=("--0.--0.--0.--0.", "-000-000-000-000", "0.0.0.0.0.0.0.3."),
    comp=("0.2.3.2.1.2.3.2.", "X--X--X---X--X--", "0123210301232103"),
    lead=("x...............|x.......x.......", "x.x.--x.x.--x.x."),
    bass_players=("synth_bass", "sub_bass"),
    comp_players=("synth_pluck", "super_saw"),
    pad_players=("soft_pad",),
    lead_players=("square_lead", "super_saw"),
    kits=("electronic",),
    levels=Levels(drums=1.0, comp=-9.0, lead=-13.0),
    reverb_s=0.24,
)

DRUM_AND_BASS = Style(
    name="drum and bass",
    minor=True,
    scale="minor pentatonic",
    progressions=("i i bVI bVII", "i9 bVImaj7 i9 v7", "i i iv i", "i7 bVII bVImaj7 v7"),
    grooves=(
        (("kick", "X---------X-----"), ("snare", "----X-------X---"), ("hat", "x.o.x.o.x.o.x.o.")),
        (
            ("kick", "X---------X-----"),
            ("snare", "----X--o-o--X--o"),
            ("hat", "x.x.x.x.x.x.x.x."),
            ("shaker", "oxoxoxoxoxoxoxox"),
        ),
        (("kick", "X-X-------X-----"), ("snare", "----X----o--X---"), ("ride", "x.o.x.o.x.o.x.o.")),
    ),
    bass=("0.........0.....", "0.......3.2.....|0.....0.2.......", "0...--0.--0.2..."),
    comp=("X...............", "0.2.3.2.4.3.2.1.", "X.....X.........", "------X.----X..."),
    lead=("x...............|x.......x...x...", "--x.x.x.--------|----x.x.x......."),
    bass_players=("reese_bass", "sub_bass"),
    comp_players=("electric_piano", "synth_pluck"),
    pad_players=("soft_pad",),
    lead_players=("flute", "square_lead"),
    kits=("acoustic", "electronic"),
    levels=Levels(drums=1.0, bass=-2.0, comp=-11.0, pad=-17.0, lead=-14.0),
    reverb_s=0.26,
    sixteenths_up_to_bpm=190.0,
)
