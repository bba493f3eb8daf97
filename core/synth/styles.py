"""The style table: what each instrument of a style plays, written as one character per step.

A line is one bar, or several bars apart by "|"; the steps of a bar are spread evenly over it, so four beats take 16
characters for sixteenths, 12 for triplets, 8 for eighths. In every line "-" is silence and "." lets the note before it
ring on.
- Drums: X loud, x normal, o soft.
- Chords: X, x, o strike the whole chord; a digit plays that chord note counted upwards (0 root, 3 root an octave up).
- Bass: 0 root, 1 third, 2 fifth, 3 octave, a a half step below the next bar's root; s the seventh-like whole step below
  the octave.
- Lead: x begins a note, its pitch is found by the arranger.

The beat of the table is the annotated tactus: kick, snare, bass or chords mark it in every style.
"""

from core.synth.style import Levels, Style

_ROCK = Style(
    name="rock",
    scale="major pentatonic",
    progressions=("I V vi IV", "I bVII IV I", "vi IV I V", "I IV I V", "I I IV V"),
    grooves=(
        (("kick", "X.......X.x....."), ("snare", "----X-------X---"), ("hat", "X.o.X.o.X.o.X.o.")),
        (("kick", "X.....x.X......."), ("snare", "----X-------X---"), ("hat", "X.o.X.o.X.o.X.o.")),
        (("kick", "X...x...X.x.x..."), ("snare", "----X-------X---"), ("ride", "X.o.X.o.X.o.X.o.")),
    ),
    bass=("0.0.0.0.0.0.0.0.", "0...0.0.0...0.2.", "0..00...0..00.a."),
    comp=("X.......X.......", "X.......x.X.....", "X...x...X.x.x..."),
    lead=("x...x.x.x.......|--x.x.x.x...x...", "x.......x...x...|x.x.x...x......."),
    bass_players=("finger_bass",),
    comp_players=("distorted_guitar",),
    pad_players=("organ",),
    lead_players=("lead_guitar",),
    levels=Levels(bass=-4.0, comp=-8.0, pad=-22.0, lead=-8.0),
    strum_s=0.008,
)

_METAL = Style(
    name="metal",
    minor=True,
    scale="minor",
    progressions=("i i bVI bVII", "i bII i bVII", "i bVI bIII bVII", "i i bII i"),
    grooves=(
        (("kick", "X.xxX.xxX.xxX.xx"), ("snare", "----X-------X---"), ("crash", "o...o...o...o...")),
        (("kick", "XxxxXxxxXxxxXxxx"), ("snare", "----X-------X---"), ("ride", "X...X...X...X...")),
        (("kick", "X..xX..xX.x.X..x"), ("snare", "----X-------X---"), ("hat", "X.x.X.x.X.x.X.x.")),
    ),
    bass=("0.000.000.000.00", "0000000000000000", "0..00..00.0.0..a"),
    comp=("X-xxX-xxX-xxX-xx", "XxxxXxxxXxxxXxxx", "X..xX..xX-x-X..x"),
    lead=("xxxxxxxxxxxxxxxx|x.......x.......", "x.x.x.x.x...x..."),
    bass_players=("finger_bass",),
    comp_players=("distorted_guitar",),
    lead_players=("lead_guitar",),
    kits=("heavy",),
    levels=Levels(bass=-5.0, comp=-5.0, lead=-8.0),
    reverb_s=0.14,
    sixteenths_up_to_bpm=190.0,
)

_POP = Style(
    name="pop",
    scale="major",
    progressions=("I V vi IV", "vi IV I V", "I vi IV V", "IV V iii7 vi", "I iii IV V"),
    grooves=(
        (("kick", "X.....x.X......."), ("clap", "----X-------X---"), ("hat", "x.o.x.o.x.o.x.o.")),
        (
            ("kick", "X...X...X...X..."),
            ("snare", "----X-------X---"),
            ("hat", "x.o.x.o.x.o.x.o."),
            ("shaker", "xoxoxoxoxoxoxoxo"),
        ),
        (("kick", "X..x..x.X......."), ("snare", "----X-------X---"), ("tambourine", "--x---x---x---x-")),
    ),
    bass=("0.....0.0...2...", "0.0.0.0.0.0.0.0.", "0..0..0.0..0..2."),
    comp=("X...X...X...X...", "0.1.2.3.4.3.2.1.", "X..X..X.X..X..X."),
    lead=("x.x.x...x.x.....|x...x.x.x.......", "--x.x.x.x...x...|x.....x.x......."),
    bass_players=("finger_bass", "synth_bass"),
    comp_players=("piano", "synth_pluck", "electric_piano"),
    pad_players=("soft_pad", "strings"),
    lead_players=("square_lead", "flute"),
    kits=("electronic", "acoustic"),
    levels=Levels(lead=-10.0),
    reverb_s=0.22,
)

_DISCO = Style(
    name="disco",
    minor=True,
    scale="dorian",
    progressions=("i7 iv7 i7 v7", "i7 bVImaj7 bVII i7", "ii7 V7 Imaj7 vi7", "i7 i7 iv7 V7"),
    grooves=(
        (
            ("kick", "X...X...X...X..."),
            ("snare", "----X-------X---"),
            ("open hat", "--x---x---x---x-"),
            ("hat", "xo--xo--xo--xo--"),
        ),
        (
            ("kick", "X...X...X...X..."),
            ("clap", "----X-------X---"),
            ("open hat", "--x---x---x---x-"),
            ("tambourine", "o.o.x.o.o.o.x.o."),
        ),
    ),
    bass=("0.3.0.3.0.3.0.3.", "0.3.0.3.0.3.s.a.", "0..03.0.2..23.a."),
    comp=("--X---X---X---X-", "X-xx--X-X-xx--X-", "--x-X-----x-X-x-"),
    lead=("x...........x.x.|x...............", "--x.x.x.--x.x...|x.......--------"),
    bass_players=("finger_bass", "synth_bass"),
    comp_players=("muted_guitar", "electric_piano"),
    pad_players=("strings",),
    lead_players=("strings", "brass"),
    levels=Levels(comp=-8.0, pad=-16.0, lead=-10.0),
    strum_s=0.005,
)

_HIPHOP = Style(
    name="hiphop",
    minor=True,
    scale="minor pentatonic",
    swing=(0.5, 0.56),
    progressions=("i7 i7 iv7 i7", "i7 bVImaj7 i7 v7", "i9 iv9 i9 bVII", "i7 bIImaj7 i7 bIImaj7"),
    grooves=(
        (("kick", "X.....x.--x-----|X--x--x.--x-----"), ("snare", "----X-------X---"), ("hat", "x.o.x.o.x.o.x.o.")),
        (("kick", "X-x-----x-x-----"), ("clap", "----X-------X---"), ("hat", "x.o.x.oox.o.xoo.")),
        (
            ("kick", "X------x--X-----"),
            ("snare", "----X-------X--o"),
            ("hat", "x.x.x.x.x.x.x.x."),
            ("rim", "o---------o-----"),
        ),
    ),
    bass=("0.....0.--2-----|0--0--0.--a-----", "0...----0.0.----", "0------0--3.2..."),
    comp=("X.......--------", "X.....------x...", "0.2.3.--1.2.3.--"),
    lead=("x.x...x.--------|----x.x.x...----", "x..x..x.--------"),
    bass_players=("sub_bass",),
    comp_players=("electric_piano", "piano", "vibraphone"),
    pad_players=("strings",),
    lead_players=("flute", "square_lead", "vibraphone"),
    kits=("deep", "electronic"),
    levels=Levels(bass=-1.0, comp=-9.0, pad=-22.0, lead=-13.0),
    fills=False,
)

_REGGAE = Style(
    name="reggae",
    scale="major pentatonic",
    swing=(0.5, 0.6),
    progressions=("I IV I IV", "I V vi IV", "I ii I ii", "vi ii vi iii", "I IV V IV"),
    grooves=(
        (("kick", "X...X...X...X..."), ("rim", "----x-------x---"), ("hat", "x.o.x.o.x.o.x.o.")),
        (
            ("kick", "o-------X-------"),
            ("rim", "--------X-------"),
            ("hat", "X.o.X.o.X.o.X.o."),
            ("shaker", "x...x...x...x..."),
        ),
        (("kick", "X---X---X---X---"), ("snare", "----o---X------o"), ("hat", "x.oox.o.x.oox.o.")),
    ),
    bass=("0...0.2.3...2.1.", "0...--0.2.1.0...", "0.0.2...3.2.0...", "0...0...2...1.2."),
    comp=("--X---X---X---X-", "--X---X---X---X-", "--X---Xx--X---Xx"),
    lead=("x...x.x.x.......|----------------", "--x.x...x.x.x..."),
    bass_players=("sub_bass", "finger_bass"),
    comp_players=("muted_guitar", "organ"),
    pad_players=("organ",),
    lead_players=("brass", "flute"),
    levels=Levels(bass=0.0, comp=-7.0, pad=-24.0, lead=-11.0),
    strum_s=0.006,
    reverb_s=0.26,
)

_JAZZ = Style(
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

_BLUES = Style(
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

_COUNTRY = Style(
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

_CLASSICAL = Style(
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

_WALTZ = Style(
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

_TECHNO = Style(
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

_DRUM_AND_BASS = Style(
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

STYLE_TABLE: dict[str, Style] = {
    style.name: style
    for style in (
        _BLUES, _CLASSICAL, _COUNTRY, _DISCO, _DRUM_AND_BASS, _HIPHOP, _JAZZ, _METAL, _POP, _REGGAE, _ROCK, _TECHNO,
        _WALTZ,
    )
}  # fmt: skip
"""Every style by its name."""
