"""The page of data sets: upload, find, look at, compare versions, download, share."""
