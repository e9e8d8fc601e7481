-- Growth as each edition prints it: does the story of a province change with the book?
-- Both years are taken from one edition and vintage, so that no growth mixes two.
select
    provinces.province,
    newer.year,
    newer.edition,
    newer.vintage,
    newer.value_in_panel_unit / older.value_in_panel_unit - 1 as growth
from marts.prints as newer
inner join marts.prints as older
    on
        newer.source = older.source
        and newer.edition = older.edition
        and newer.vintage = older.vintage
        and newer.indicator_label = older.indicator_label
        and newer.unit = older.unit
        and newer.province_code = older.province_code
        and newer.year = older.year + 1
inner join marts.provinces as provinces on newer.province_code = provinces.province_code
where newer.measure = 'gdp_cny_100m' and newer.value is not null and older.value is not null
order by provinces.province, newer.year, newer.edition, newer.vintage;
