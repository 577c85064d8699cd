"""recognise_people: pictures of a data set with the attributes that a model sees on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plipdet.datasets.attribute_counts import attribute_labels
from plipdet.structures import PersonTable
from plipdet.tasks import PersonTask
from plipdet.visualization import AttributeGuess, RecognisedPerson

from .attribute_scores import score_attributes
from .person_picture import person_picture, varied_rows


def recognise_people(
    task: PersonTask,
    table: PersonTable,
    *,
    phrases: str | Sequence[str] | None = None,
    count: int = 12,
    seed: int = 0,
    **options: Any,
) -> list[RecognisedPerson]:
    """Return random people of a table with what the model says of them.

    Labels of the table stand beside what is asked by an attribute's name.

    Args:
        task: From :func:`plipdet.apis.load_model`.
        table: Rows with pictures.
        phrases: As for :func:`plipdet.apis.score_attributes`.
        count: How many people, of as many identities as there are.
        seed: Chooses them.
        options: Further ones of :func:`plipdet.apis.score_attributes`.

    Raises:
        InputError: If a picture cannot be read, or the model cannot answer.
    """
    rows = varied_rows(table, count, seed=seed)
    pictures = [person_picture(table, row) for row in rows]
    found = score_attributes(task, pictures, phrases, **options)
    columns = {name: column for column, name in enumerate(table.attribute_names)}
    labels = attribute_labels(table) if columns else None
    people = []
    for number, (row, picture) in enumerate(zip(rows, pictures, strict=True)):
        guesses = []
        for name, probability in zip(
            found.names, found.probabilities[number].tolist(), strict=True
        ):
            known = labels is not None and name in columns
            label = int(labels[row, columns[name]]) if known and labels is not None else -1
            guesses.append(AttributeGuess(name, probability, label))
        people.append(RecognisedPerson(picture, guesses, table[row].image.rpartition("/")[2]))
    return people
