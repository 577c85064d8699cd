"""Reading a page as a browser does, as far as tests need it."""

from html.parser import HTMLParser

_VOID = {"meta", "img", "input", "br", "hr", "link"}
_LOADS = ("src", "href", "srcset", "poster", "data", "action")


class Page(HTMLParser):
    """Elements, text, and what the page would load; fails where tags are not closed in order."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.words, self._open = [], [], []
        self.feed(text)
        self.close()
        assert self._open == [], f"never closed: {self._open}"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open and self._open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        if not {"script", "style"} & set(self._open):
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def all(self, tag, **wanted):
        """Attributes of the elements of a tag whose attributes hold the wanted words."""
        found = [attrs for name, attrs in self.elements if name == tag]
        return [a for a in found if all(v in (a.get(k) or "").split() for k, v in wanted.items())]

    def loads(self):
        """Addresses outside the page."""
        given = [a[k] for _, a in self.elements for k in _LOADS if a.get(k)]
        return [g for g in given if not g.startswith(("data:image/", "#"))]
