"""An edition from the network: the HTTP client, the box of its answers, one fetch."""
