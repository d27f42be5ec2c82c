"""The keys of the map, said once, as those of the reading room are."""

from curator.tui.keys import Key

MAP_KEYS: tuple[Key, ...] = (
    Key(("h", "left"), "walk(-1, 0)", "left", "the cursor left; at the edge the map moves", "Move"),
    Key(("j", "down"), "walk(0, 1)", "down", "the cursor down", "Move"),
    Key(("k", "up"), "walk(0, -1)", "up", "the cursor up", "Move"),
    Key(("l", "right"), "walk(1, 0)", "right", "the cursor right", "Move"),
    Key(("H", "shift+left"), "walk(-10, 0)", "far left", "ten cells left", "Move"),
    Key(("J", "shift+down"), "walk(0, 5)", "far down", "five cells down", "Move"),
    Key(("K", "shift+up"), "walk(0, -5)", "far up", "five cells up", "Move"),
    Key(("L", "shift+right"), "walk(10, 0)", "far right", "ten cells right", "Move"),
    Key(("plus", "equals_sign"), "zoom(1)", "nearer", "nearer; finer names appear", "Move", 1),
    Key(("minus", "underscore"), "zoom(-1)", "farther", "farther, up to the whole map", "Move", 2),
    Key(("0",), "whole", "whole", "the whole map", "Move"),
    Key(("tab",), "nearest", "to a dot", "the cursor to the nearest dot", "Move"),
    Key(("right_square_bracket",), "cluster(1)", "next cluster", "to the next cluster", "Move"),
    Key(("left_square_bracket",), "cluster(-1)", "last cluster", "to the cluster before", "Move"),
    Key(("enter",), "read", "read", "read the chat of the nearest dot", "Look", 3),
    Key(
        ("c",), "colour(1)", "colour", "colour by the next: cluster, verdict, source, …", "Look", 4
    ),
    Key(("C",), "colour(-1)", "colour back", "colour by the one before", "Look"),
    Key(("g",), "glyphs", "letters", "dots, or the letter of the legend in each cell", "Look"),
    Key(("slash",), "search", "search", "light the chats that hold some words", "Look", 5),
    Key(("F",), "filter", "filter", "light what a filter finds, as in tag:math turns>4", "Look"),
    Key(("n",), "hit(1)", "next hit", "to the next lit dot", "Look"),
    Key(("N",), "hit(-1)", "last hit", "to the lit dot before", "Look"),
    Key(("f",), "alone", "only these", "draw only what is lit or chosen, or all again", "Look"),
    Key(("t",), "toggle_theme", "theme", "dark or light", "Look"),
    Key(
        ("v",),
        "rectangle",
        "rectangle",
        "begin a rectangle; again: choose what is in it",
        "Note",
        6,
    ),
    Key(("space",), "choose", "cluster", "choose the cluster here, or let go of it", "Note", 7),
    Key(("a",), "choose_lit", "choose hits", "choose all that is lit", "Note"),
    Key(("number_sign",), "tag", "tag", "tag what is chosen", "Decide", 8),
    Key(("B",), "bulk", "all at once", "act on what is chosen, after a look", "Decide"),
    Key(("r",), "review", "review", "review what is chosen, and nothing else", "Decide", 9),
    Key(("e",), "export", "export", "export what is chosen", "Decide"),
    Key(("question_mark", "f1"), "help", "help", "all keys", "Session", 10),
    Key(("q", "escape"), "leave", "back", "let go of what is marked, then leave", "Session", 11),
)
