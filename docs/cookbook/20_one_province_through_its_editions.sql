-- One province's GDP through its editions: a row a year, a column an edition
-- Here: Tianjin, whose past the census of 2018 cut by a third.
pivot (
    select
        prints.year,
        prints.edition,
        prints.value_in_panel_unit as gdp_cny_100m
    from marts.prints as prints
    inner join marts.provinces as provinces using (province_code)
    where prints.measure = 'gdp_cny_100m' and provinces.province = 'Tianjin'
    qualify row_number() over (partition by prints.year, prints.edition order by prints.vintage desc) = 1
)
on edition
using first(gdp_cny_100m)
order by year;
