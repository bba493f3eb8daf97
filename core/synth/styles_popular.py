"""Rock, metal, pop, disco, hiphop and reggae in the notation of `core.synth.styles`."""

from core.synth.style import Levels, Style

ROCK = Style(
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

METAL = Style(
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

POP = Style(
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

DISCO = Style(
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

HIPHOP = Style(
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

REGGAE = Style(
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
