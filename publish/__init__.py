"""What readers may see: published, read-only snapshots of the warehouse.

Here belong the form of a snapshot, its writing and its opening. What a snapshot contains is decided in
`dbt_project`; how people read it is decided in `reports`. The package is apart from both because the pipeline
writes snapshots and the pages read them, and neither may import the other.
"""
