-- Every figure as each edition and vintage prints it, and what it is in the panel's unit where the
-- panel takes it. A figure that is printed as missing stands here too, its value empty.
with

figures as (

    select * from {{ ref('stg_extracted__figures') }}
    where {{ known_as_of('edition', 'vintage') }}

),

candidates as (

    select * from {{ ref('candidates') }}

)

select
    {{ printed_figure('figures') }},
    figures.value,
    candidates.measure,
    candidates.value as value_in_panel_unit,
    coalesce(candidates.is_winner, false) as is_winner,
    figures.status,
    figures.quality,
    figures.file,
    figures.sha256,
    figures.location,
    figures.compiled_from,
    figures.note
from figures
left join candidates
    on
        {{ same_figure('figures', 'candidates') }}
        and figures.vintage = candidates.vintage
        -- a value computed from several labels has no print of its own
        and figures.value_printed = candidates.value_printed
order by
    figures.source, figures.indicator_label, figures.unit, figures.province_code, figures.year,
    figures.edition, figures.vintage
