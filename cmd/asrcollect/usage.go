package main

const usage = `asrcollect reads the state of this machine and writes one support bundle, a zip.
Secrets are removed before anything is written. Nothing on the machine is
changed and nothing leaves it, but connection tests and a question for the time.

usage: asrcollect [collect] [flags]
       asrcollect preview [flags]         what would be collected, and why
       asrcollect profiles [NAME|FILE]    list, print one, or check a file
       asrcollect reveal --map MAP TEXT   turn pseudonyms back into names
       asrcollect selftest                proves on this machine that secrets go
       asrcollect version

flags:
  -d, --duration 15m     how long CPU, memory and disk are averaged
  -q, --quick            30 s instead of 15 min
      --interval 5s      time between two samples
  -o, --out DIR          folder for the bundle; - writes it to stdout
                         (default: that of the program, else Documents, else
                         temp; the volume of the product's cache last)
  -p, --profile NAME     what to collect: one of "asrcollect profiles" or a file
      --role ROLE        process-server, source-machine or unknown
                         (default: what is detected); chooses the profile, too
      --case ID          number of the support case
      --log-age 72h      leave out log files that are older; 0 takes all
      --max-size 100MiB  size of the finished bundle; 0 is no limit
      --min-free 2GiB    what stays free on the volume of the bundle
      --probe HOST:PORT  test this connection too; repeatable
      --no-probes        no connection tests, no question for the time
      --commands         also run the programs that the profile names, such as
                         ` + somePrograms + `; preview lists them. On a terminal
                         you are asked when it is not given
      --with-cxpsclient  also run the product's own client, which sends a test
                         file to the process server
      --encrypt-to KEY   encrypt the bundle for this key, age1... as support
                         names it, or for those in a file; repeatable. The name
                         ends in .zip.age, and nothing on the disk is readable
      --privacy MODE     standard: pseudonyms for people, e-mail addresses,
                         GUIDs, storage accounts and vaults (default); strict:
                         for host names and addresses as well
      --case-key FILE    the key of the pseudonyms, so that several bundles of a
                         case have the same; made when it does not exist. It is
                         yours alone
      --no-map           keep no list of what the pseudonyms stand for
      --review           show what is in the bundle and what was removed of each
                         file, and ask before it gets its name; with --yes
                         only show it
      --yes              ask nothing: also use a profile that nobody vouches
                         for; programs run only with their flags
      --quiet            no progress, no words before and after
      --json             print one JSON object instead of the path
  -h, --help

Logs that live for minutes are read within the first two, all other logs after
the averaging. A run ends at the latest 10m after --duration, with what there is
by then. One runs at a time on a machine.

Enter or Ctrl-C ends early; the bundle is written and says so. A second Ctrl-C
gives up and leaves nothing. A run that is killed leaves NAME.zip.partial, of
which asrdiag reads what is whole.

Names become pseudonyms, alike in all files. What they stand for is listed in
DO-NOT-SEND-.../DO-NOT-SEND-....map beside the bundle, for you alone. With it,
reveal turns back a pseudonym, or all of them in a FILE or on stdin (-), such as
support's report; --map names a map or a folder with some, and is repeatable.
With --case-key FILE instead, addresses are turned back, and no names.

A profile in a file is shown before it is used, with who signed it. You are
asked about one that support has not signed (FILE.minisig); one whose signature
does not hold is refused. It can say for whom to encrypt, and the case's number.

examples:
  asrcollect                            15 minutes, all that support needs
  asrcollect preview                    look before you collect
  asrcollect profiles generic > my.json a profile to start from
  asrcollect -q                         half a minute, for a first look
  asrcollect --probe 10.0.0.4:9443      test the process server's port as well
  asrcollect --profile case-42.json     with what support has sent for your case
  asrcollect --privacy strict           no host name and no address is sent
  asrcollect reveal --map DO-NOT-SEND-41f2 report.html > mine.html
  asrcollect --encrypt-to age1w0j...    only support can open the bundle
  ` + someElsewhere + `

exit codes:
  0  the bundle is complete
  1  there is no bundle
  2  mistake on the command line
  3  the bundle lacks something that should be in it, or the run was ended
     early; stderr and the manifest say what. What a flag leaves out is not
     lacking. Of reveal: a pseudonym is not known
`
