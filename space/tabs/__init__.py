"""One tab a module: a function of the page that lays out its parts and connects them."""
