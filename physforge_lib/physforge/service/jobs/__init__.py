"""Jobs behind the REST API: what is asked for and answered, who may do what, and where things are kept."""
