"""How the window looks: tokens, palettes, icons, and the few widgets every page is made of."""
