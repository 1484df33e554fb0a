"""The topics are made as they have to be, and one that is otherwise is refused with what to do about it."""

from shared_events.log.cluster import Cluster
from shared_events.log.topics import check, identity


async def test_topics_that_were_applied_fit(cluster: Cluster) -> None:
    assert await check(cluster) == []
    assert await identity(cluster) is not None
