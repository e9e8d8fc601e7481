-- Trade per yuan of FDI, by region and year
-- Sums over the provinces that have both values; trade is exports and imports, a proxy for exports.
select
    provinces.region_three as region,
    panel.year,
    count(*) as provinces,
    sum(panel.trade_cny_100m) / sum(panel.fdi_cny_100m) as trade_per_fdi
from marts.panel as panel
inner join marts.provinces as provinces using (province_code)
where panel.trade_cny_100m is not null and panel.fdi_cny_100m > 0
group by all
order by region, year;
