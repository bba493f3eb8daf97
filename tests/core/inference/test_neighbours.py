"""Similar clips: what the page says about how good they are."""

import pytest

from core.data.clips import load_clips
from core.data.features import load_features
from core.inference.neighbours import nearest_clips


@pytest.mark.parametrize(("network", "share"), [("msd", 0.75), ("mtt", 0.63)])
def test_the_nearest_clip_by_another_artist_often_has_the_same_genre(network: str, share: float) -> None:
    """The shares that the page and the docstring of the module name."""
    clips, features = {clip.clip_id: clip for clip in load_clips()}, load_features(network).by_clip
    same = []
    for clip_id, clip in clips.items():
        found = (clips[each.clip_id] for each in nearest_clips(features[clip_id], network, n=60))
        nearest = next(other for other in found if (other.artist or other.clip_id) != (clip.artist or clip.clip_id))
        same.append(nearest.genre == clip.genre)
    assert sum(same) / len(same) == pytest.approx(share, abs=0.005)
