"""What the page says."""

HEADLINE = """# A sketch becomes eight photographs
Draw a fruit: your first stroke replaces the example. The model keeps your lines (*content*) and
makes up the rest (*style*)."""

ABOUT_TITLE = "What this is, and what it is not"
ABOUT = """MUNIT ([Huang et al. 2018](https://arxiv.org/abs/1804.04732)) learnt here from
photographs of apples, cherries and tomatoes, and from edge drawings of *other* photographs: it
never saw a drawing beside its own photograph. It knows one fruit on white, without leaves or long
stems, and nothing else: a house comes out as fruit. It works at {size}×{size} pixels; results are
shown and downloaded {times} times enlarged (Lanczos).

The photographs: [Fruits-360](https://github.com/fruits-360), Mihai Oltean,
[CC BY-SA 4.0](https://creativecommons.org/licenses/by-sa/4.0/). What you draw or upload is deleted
within two hours."""

ENDPOINT = """Translates a picture into the domain target: num_styles results, the same for the
same seed; or one result in the style of a reference picture of that domain. Sketches may be
drawn in any way. Results have the model's own size."""
