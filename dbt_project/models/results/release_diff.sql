-- Differences of values between releases, from the stored comparisons.
with

comparisons as (

    {{ read_comparison_parquet('release_diff.parquet', {
        'comparison': 'varchar', 'from_release': 'varchar', 'to_release': 'varchar',
        'source': 'varchar', 'indicator_label': 'varchar', 'measure': 'varchar',
        'part': 'varchar', 'cells': 'integer', 'first_year': 'integer', 'last_year': 'integer',
        'provinces': 'integer', 'largest_relative_change': 'double'
    }) }}

)

select * from comparisons
