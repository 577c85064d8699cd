"""The style sheet of all pages: light and dark, wide and narrow."""

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --card: #f6f7f9; --ink: #1c1c20; --muted: #656872;
  --line: #dfe1e7; --accent: #2457c5; --bar: #b9c9ee; --right: #14803c; --wrong: #c4262c; }
@media (prefers-color-scheme: dark) { :root { --paper: #15161a; --card: #1f2127; --ink: #e9eaee;
  --muted: #a2a6b1; --line: #343741; --accent: #86a9ff; --bar: #3c5290;
  --right: #55c985; --wrong: #ff8080; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 32px 20px 64px; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 4px; }
h2 { font-size: 1.25rem; margin: 44px 0 6px; }
p { max-width: 46em; margin: 4px 0 14px; } .lead, .note { color: var(--muted); }
.note { font-size: .9rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 14px;
  margin: 24px 0; }
.tile { background: var(--card); border-radius: 10px; padding: 16px 18px; }
.tile b { display: block; font-size: 2.1rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tile span { color: var(--muted); font-size: .9rem; display: block; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums;
  table-layout: fixed; }  /* equal columns: their bars share one scale */
th, td { padding: 7px 10px; text-align: right; border-bottom: 1px solid var(--line);
  white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
thead th { color: var(--muted); font-weight: 500; font-size: .9rem; white-space: normal;
  vertical-align: bottom; line-height: 1.25; }
td.own { font-weight: 700; }
td .bar { display: block; height: 5px; border-radius: 3px; background: var(--bar); min-width: 2px;
  margin-left: auto; }
td.own .bar { background: var(--accent); }
.curves { display: grid; grid-template-columns: repeat(auto-fit, minmax(250px, 1fr)); gap: 16px; }
figure { margin: 0; }
.curve { background: var(--card); border-radius: 10px; padding: 12px 12px 4px; }
.curve figcaption { display: flex; justify-content: space-between; font-size: .9rem; }
svg { width: 100%; height: auto; display: block; }
svg text { fill: var(--muted); font-size: 11px; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg polyline { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round; }
svg polyline.raw { stroke-width: 1; opacity: .35; }
.picture { border: 1px solid var(--line); border-radius: 10px; background: #fff; }
.picture img { display: block; width: 100%; height: auto; border-radius: 10px; }
pre { background: var(--card); border-radius: 10px; padding: 14px 16px; overflow-x: auto;
  font: .88rem/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; font-size: .92rem; }
summary { cursor: pointer; padding: 4px 0; }
dt { color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 720px) { .picture img { width: 860px; } main { padding: 20px 14px 48px; }
  dl { grid-template-columns: 1fr; } dd { margin-bottom: 8px; } td .bar { display: none; }
  th, td { padding: 7px 6px; } }
"""
