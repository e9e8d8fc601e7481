{{ staged_figures(source('extracted', 'postal_express')) }}
