"""Person search by its definition, one detection after the other, for comparison."""

import itertools

import numpy as np


def overlap(a, b):
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return 0.0
    area = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return wide * high / (area - wide * high)


def needed(box):
    width, height = box[2] - box[0], box[3] - box[1]
    return min(0.5, width * height / ((width + 10) * (height + 10)))


def sure_people(found, threshold):
    """Return box, embedding and score of the detections of a scene that count."""
    rows = zip(
        found.boxes.tolist(), found.embeddings.double().numpy(), found.scores.tolist(), strict=True
    )
    return [(box, embedding, score) for box, embedding, score in rows if score >= threshold]


def search(world, q, embedding, *, threshold=0.5, weigh=False, cbgm=None, ks=(1, 5, 10)):
    """Return average precision and rank-k of a query; ``None`` if its gallery has no right answer.

    The gallery's scenes are gone through one by one; in one that shows the person, people are
    visited from the most similar on, and the first who overlaps enough is right.
    """
    queries = world.queries
    shown = dict(zip(*(part.tolist() for part in queries.matches(q)), strict=True))
    if not shown:
        return None
    gallery = {int(s): sure_people(world.found[s], threshold) for s in queries.gallery(q)}
    similar = {
        s: [float(e @ embedding) * (score if weigh else 1) for _, e, score in own]
        for s, own in gallery.items()
    }
    if cbgm is not None:
        similar = with_context(world, q, embedding, gallery, similar, weigh=weigh, **cbgm)
    listed = []  # (similarity, right)
    found = 0
    for scene, own in gallery.items():
        right = None
        if scene in shown:
            for j in sorted(range(len(own)), key=lambda j: -similar[scene][j]):
                shared = overlap(own[j][0], shown[scene])
                if shared >= needed(shown[scene]):
                    right, found = j, found + 1
                    break
        listed += [(similar[scene][j], j == right) for j in range(len(own))]
    listed.sort(key=lambda one: (-one[0], one[1]))  # wrong before right where they tie
    labels = [right for _, right in listed]
    precision, seen = 0.0, 0
    for place, right in enumerate(labels, start=1):
        if right:
            seen += 1
            precision += seen / place
    average = precision / found * (found / len(shown)) if found else 0.0
    return average, [float(any(labels[:k])) for k in ks], found / len(shown)


def with_context(world, q, embedding, gallery, similar, *, k1, k2, weigh):
    """Context matching by trying all matchings, see SeqNet's section on CBGM."""
    queries = world.queries
    ranked = sorted(((value, s) for s, values in similar.items() for value in values), reverse=True)
    near = {s for _, s in ranked[:k1]}
    company = [embedding]
    for box, other, _ in sure_people(world.found[queries.scenes[q]], 0.5):
        if len(company) < k2 and overlap(box, queries.boxes[q]) <= 0.5:
            company.append(other)
    changed = {s: list(values) for s, values in similar.items()}
    for scene in near:
        own = gallery[scene]
        weights = np.array(
            [[float(c @ e) * (score if weigh else 1) for _, e, score in own] for c in company]
        )
        best, pairs = -np.inf, ()
        size = min(weights.shape)
        for rows in itertools.combinations(range(len(company)), size):
            for columns in itertools.permutations(range(len(own)), size):
                total = weights[rows, columns].sum()
                if total > best:
                    best, pairs = total, tuple(zip(rows, columns, strict=True))
        for row, column in pairs:
            if row == 0:
                changed[scene][column] = max(weights[r, c] for r, c in pairs)
    return changed


def rates(world, embeddings, asks, **options):
    """Return mAP, rank-1, rank-5, rank-10 and search recall in percent, and who was left out."""
    answers = [search(world, int(q), e, **options) for q, e in zip(asks, embeddings, strict=True)]
    kept = [answer for answer in answers if answer is not None]
    if not kept:
        return None
    figures = [np.mean([a for a, _, _ in kept]), *np.mean([t for _, t, _ in kept], axis=0)]
    names = ("mAP", "rank1", "rank5", "rank10", "search_recall")
    values = [*figures, np.mean([r for _, _, r in kept])]
    return {n: 100 * float(v) for n, v in zip(names, values, strict=True)} | {
        "queries": len(kept),
        "queries_without_match": len(answers) - len(kept),
    }
