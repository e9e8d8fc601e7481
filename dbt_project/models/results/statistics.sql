-- Every other number of every artifact: fit, tests, counts, descriptions.
with

artifact_statistics as (

    {{ read_artifact_parquet('statistics.parquet', {
        'model': 'varchar', 'name': 'varchar', 'value': 'double', 'text': 'varchar'
    }) }}

)

select * from artifact_statistics
