"""The composition root: the processes that are run, their settings and credentials, and the command line `zixun`."""
