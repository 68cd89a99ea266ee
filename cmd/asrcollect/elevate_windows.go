package main

const elevate = "Not started as administrator: services, sockets and logs of others may be denied. What cannot be seen is marked with !"
