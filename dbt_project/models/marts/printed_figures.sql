-- Every figure printed for a cell, in the measure's unit, one row an edition and vintage.
select
    province_code,
    year,
    measure,
    value,
    source,
    edition,
    vintage,
    file,
    sha256,
    location,
    indicator_label,
    unit,
    value_printed,
    status,
    quality,
    note
from {{ ref('int_candidates') }}
order by measure, province_code, year, edition, vintage
