// Command empty is a check module of the benchmark: the smallest in Go that can
// become a pack. It can print its description and nothing else.
package main

import "syscall"

const describe = `{"abi":"1.0","module":"empty","checks":[{"id":"empty","rev":1,"title":"Nothing","severities":["info"],"since":"1.0.0","doc":"Nothing."}]}`

func main() { _, _ = syscall.Write(1, []byte(describe)) }
