-- Movements of coefficients: current against the last accepted state, and what was asked by name.
with

comparisons as (

    {{ read_comparison_parquet('coefficient_drift.parquet', {
        'comparison': 'varchar', 'from_release': 'varchar', 'to_release': 'varchar',
        'table_id': 'varchar', 'model': 'varchar', 'term': 'varchar', 'old': 'double',
        'new': 'double', 'change': 'double', 'std_error': 'double', 'restated': 'double', 'filled_in': 'double',
        'removed': 'double', 'rule': 'double', 'years': 'double', 'provinces': 'double',
        'interpolation': 'double', 'quality': 'double', 'spec': 'double', 'code': 'double', 'old_stars': 'varchar',
        'new_stars': 'varchar', 'stars_undecided': 'boolean', 'status': 'varchar',
        'reason': 'varchar'
    }) }}

)

select * from comparisons
