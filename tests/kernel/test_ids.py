from concurrent.futures import ThreadPoolExecutor

from app.kernel.ids import first_since, uuid7


def test_ids_are_version_7_and_rise() -> None:
    ids = [uuid7() for _ in range(5000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == len(ids)
    assert all(i.version == 7 and i.variant == "specified in RFC 4122" for i in ids)


def test_ids_of_many_threads_are_unique() -> None:
    with ThreadPoolExecutor(8) as pool:
        batches = pool.map(lambda _: [uuid7() for _ in range(500)], range(8))
    ids = [i for batch in batches for i in batch]
    assert len(set(ids)) == 4000


def test_young_ids_follow_the_first_of_their_time() -> None:
    made = uuid7()
    assert first_since(5) < made < first_since(-5)
