-- Your own values with the panel's: a CSV joined by province and year
-- The file named here is next to this query; put your own path in its place. Provinces are matched by
-- their English or Chinese name. `make sql EXTERNAL=yes` opens a shell that may read it.
select
    provinces.province,
    own.year,
    own.own_figure,
    panel.gdp_cny_100m,
    own.own_figure / panel.gdp_cny_100m as share_of_gdp
from read_csv('docs/cookbook/own_figures.csv', header = true) as own
inner join marts.provinces as provinces
    on own.province in (provinces.province, provinces.province_zh)
left join marts.panel as panel
    on
        provinces.province_code = panel.province_code
        and own.year = panel.year
order by provinces.province, own.year;
