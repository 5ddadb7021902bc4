// Command dwsync keeps an Alibaba Cloud DataWorks DataStudio workspace in git. See README.md.
package main

import (
	"context"
	"os"

	"github.com/dwsync/dwsync/internal/cli"
)

func main() {
	os.Exit(cli.Main(context.Background(), cli.System(), os.Args))
}
