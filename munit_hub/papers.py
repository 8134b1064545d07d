"""What a model's card says of its system: where it comes from and what it learnt from."""

from __future__ import annotations

from typing import NamedTuple


class Paper(NamedTuple):
    """A system's tag and paper on the Hub, what it learns from, and its BibTeX fields."""

    tag: str
    arxiv: str
    pictures: str  # unpaired, paired or unlabelled
    key: str
    title: str
    author: str
    booktitle: str
    year: int

    def bibtex(self) -> str:
        """The entry that cites the paper."""
        fields = ("title", "author", "booktitle", "year")
        lines = [f"  {name:<9} = {{{getattr(self, name)}}}" for name in fields]
        return "\n".join([f"@inproceedings{{{self.key},", ",\n".join(lines), "}"])


PAPERS = {
    "MunitModel": Paper(
        "munit",
        "1804.04732",
        "unpaired",
        "huang2018munit",
        "Multimodal Unsupervised Image-to-Image Translation",
        "Huang, Xun and Liu, Ming-Yu and Belongie, Serge and Kautz, Jan",
        "European Conference on Computer Vision",
        2018,
    ),
    "UnitModel": Paper(
        "unit",
        "1703.00848",
        "unpaired",
        "liu2017unit",
        "Unsupervised Image-to-Image Translation Networks",
        "Liu, Ming-Yu and Breuel, Thomas and Kautz, Jan",
        "Advances in Neural Information Processing Systems",
        2017,
    ),
    "TunitModel": Paper(
        "tunit",
        "2006.06500",
        "unlabelled",
        "baek2021tunit",
        "Rethinking the Truly Unsupervised Image-to-Image Translation",
        "Baek, Kyungjune and Choi, Yunjey and Uh, Youngjung and Yoo, Jaejun and Shim, Hyunjung",
        "International Conference on Computer Vision",
        2021,
    ),
    "CycleGanModel": Paper(
        "cyclegan",
        "1703.10593",
        "unpaired",
        "zhu2017cyclegan",
        "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks",
        "Zhu, Jun-Yan and Park, Taesung and Isola, Phillip and Efros, Alexei A.",
        "International Conference on Computer Vision",
        2017,
    ),
    "BicycleGanModel": Paper(
        "bicyclegan",
        "1711.11586",
        "paired",
        "zhu2017bicyclegan",
        "Toward Multimodal Image-to-Image Translation",
        "Zhu, Jun-Yan and Zhang, Richard and Pathak, Deepak and Darrell, Trevor and "
        "Efros, Alexei A. and Wang, Oliver and Shechtman, Eli",
        "Advances in Neural Information Processing Systems",
        2017,
    ),
}
