{{ staged_figures(source('extracted', 'commerce_fdi')) }}
