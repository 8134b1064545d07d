"""What the page says."""

TITLE = "Content and style"

DELETED = "{name} was deleted after an hour: upload it again."
PUT_AWAY = "This page is not ready yet, or was put away: try again, or reload it in your browser."

ABOUT_TITLE = "What this is, and what must not be done with it"
ABOUT = """Each model here learnt to translate between kinds of pictures from examples that nobody
had paired: [UNIT](https://arxiv.org/abs/1703.00848), [CycleGAN](https://arxiv.org/abs/1703.10593),
[MUNIT](https://arxiv.org/abs/1804.04732), [TUNIT](https://arxiv.org/abs/2006.06500); and
[BicycleGAN](https://arxiv.org/abs/1711.11586) from pairs. A model knows the pictures that it was
trained on, and nothing else: one of fruit makes a fruit of a house, too. Its card, above, says what
it learnt from, and its licence. Results are shown and downloaded {times} times enlarged (Lanczos).

**Not for** diagnosis or evidence of any kind: a result is one plausible picture, not a fact about
the input. Not for the faces or bodies of people who did not agree to it. Say of a result that a
model made it.

**Your pictures** are deleted within two hours after you leave, and used for nothing else. Of a
model of the Hub, only numbers and text are read, never code; that it is opened here does not mean
that anybody looked at it."""

DOMAINS = """Nobody told this model what its training pictures show: it sorted them into these
domains by itself. A click on one translates your picture into its mean style; with a reference, you
choose how far to go from there to the style of that picture."""

COMPARE = """Your picture through every model of this page that translates it. UNIT and CycleGAN
have one output for an input; MUNIT has as many as there are styles, and four of them are shown. The
figures are those of the models' cards."""

# By whether the sliders are the style's own numbers.
STYLES = {
    True: """A style is {count} numbers, and each slider is one of them. The content stays: what
changes as you move them is style alone.""",
    False: """A style is more numbers than one can move. Each slider is one of the {count}
directions in which {kind} differ most, the first the most. The content stays: what
changes is style alone.""",
}
MAP = """**The map** is your picture all over the plane in which {kind} differ most.
Each point is one of them. Click{drag} to go there."""
DRAG = ", or drag the mouse,"
