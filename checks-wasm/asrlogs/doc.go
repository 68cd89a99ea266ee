// Package asrlogs knows the logs of Azure Site Recovery: where a bundle has them,
// how their lines are built, and which lines tell of trouble.
//
// The product writes nine formats, in local time, in UTC, and one without a year.
// Formats has them all. A Log is one family of files of a format; a Signature is
// a line worth looking for in one, declared as a scan under a constant id, so
// that checks which need the same line declare the same scan:
//
//	use := asrlogs.Use(asrlogs.CxpsWriteError, asrlogs.CxpsSpaceUnknown)
//	... Inputs: use.Inputs, Formats: use.Formats, Scans: use.Scans
//
// None of this was confirmed by the maker, so a check must bear that no line of a
// log parses.
package asrlogs
