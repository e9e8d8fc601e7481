-- Proxies of each measure, and how far both reach
select
    proxy.measure,
    proxy.title,
    proxy.proxy_for,
    proxy.n_cells,
    wanted.n_cells as cells_of_the_thing_itself,
    proxy.first_year,
    proxy.last_year
from marts.indicators as proxy
left join marts.indicators as wanted on proxy.proxy_for = wanted.measure
where proxy.proxy_for is not null
order by proxy.proxy_for, proxy.measure;
