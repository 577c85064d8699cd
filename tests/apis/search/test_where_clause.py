import pytest

from plipdet.apis.search import where_sql
from plipdet.errors import InputError


@pytest.mark.parametrize(
    ("where", "sql"),
    [
        ("camera = lobby", "camera = 'lobby'"),
        ("camera != 'back door'", "(camera IS NULL OR camera != 'back door')"),
        ("time >= 12.5 AND time<60", "ended >= 12.5 AND began < 60.0"),
        ("label = hat and label!=bag", "array_has(labels, 'hat') AND NOT array_has(labels, 'bag')"),
        ('path ~ "Sun and Sea"', "strpos(lower(path), 'sun and sea') > 0"),
        ("camera == O'Hara", "camera = 'O''Hara'"),
        ("score > .5", "score > 0.5"),
        ("path ~ q's and camera = O'B", "strpos(lower(path), 'q''s') > 0 AND camera = 'O''B'"),
        ("score > 0.1 and camera = O'Brien", "score > 0.1 AND camera = 'O''Brien'"),
        ("camera = 'a or b' and path = \"x\ny\"", "camera = 'a or b' AND path = 'x\ny'"),
        ("camera = sand and\ttime > 1", "camera = 'sand' AND ended > 1.0"),
        ("camera = a band", "camera = 'a band'"),
        ("camera = ''", "camera = ''"),
    ],
)
def test_understands(where, sql):
    assert where_sql(where) == sql


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("camrea = lobby", "did you mean 'camera'"),
        ("lobby", "does not understand 'lobby'"),
        ("time = 5", "compares time by one of"),
        ("time > noon", "expected a number"),
        ("camera > lobby", "cannot compare camera by '>'"),
        ("label ~ h", "cannot compare label by '~'"),
        ("", "does not understand ''"),
        ("time >= inf", "expected a number"),
        ("time >= 1e400", "expected a number"),
        ("score > nan", "expected a number"),
        ('path ~ "', "does not understand 'path ~ \"'.*goes in quotes"),
        ('path ~ ""', "with nothing in it"),
        ("camera = x or score > 0.1", "joins conditions by 'and' only"),
        ("camera = a and", "what is to follow 'and'"),
        ("camera = a and b", "does not understand 'b'; .* goes in quotes"),
        ("camera = 'a' b", "does not understand"),
    ],
)
def test_says_what_it_does_not_understand(where, message):
    with pytest.raises(InputError, match=message):
        where_sql(where)
