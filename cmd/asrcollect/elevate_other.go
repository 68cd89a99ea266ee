//go:build !windows

package main

const elevate = "Not started as root: command lines and sockets of others' processes and many logs will be denied. What cannot be seen is marked with !"
