-- Each province's share of trade, and its change over ten years
with shares as (
    select
        province_code,
        year,
        trade_cny_100m / sum(trade_cny_100m) over (partition by year) as share
    from marts.panel
)

select provinces.province, now.share as share_2023, now.share - before.share as change_since_2013
from shares as now
inner join shares as before on now.province_code = before.province_code and before.year = 2013
inner join marts.provinces as provinces on now.province_code = provinces.province_code
where now.year = 2023
order by share_2023 desc;
