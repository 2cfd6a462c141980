"""The mortgage journey: its file of applications, the services that its activities call, and their books."""
