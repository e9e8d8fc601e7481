{{ staged_figures(source('extracted', 'statistical_yearbook')) }}
