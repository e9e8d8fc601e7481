-- The 31 provinces and both region schemes.
select
    province_code,
    province,
    province_zh,
    region_three,
    region_nbs
from {{ ref('regions') }}
order by province_code
