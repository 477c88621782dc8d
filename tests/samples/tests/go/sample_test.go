// Every way in which a test of Go can end; run by remake.sh.
package sample

import (
	"os"
	"path/filepath"
	"testing"
)

func TestPasses(t *testing.T) {}

func TestFails(t *testing.T) { t.Error("one and one are two") }

func TestIsSkipped(t *testing.T) { t.Skip("not on this machine") }

func TestHasSubtests(t *testing.T) {
	t.Run("passes", func(t *testing.T) {})
	t.Run("fails", func(t *testing.T) { t.Fatal("broke") })
}

func TestPassesWhenRunAgain(t *testing.T) {
	mark := filepath.Join(os.TempDir(), "sample-has-run")
	if _, err := os.Stat(mark); err != nil {
		os.WriteFile(mark, nil, 0o600)
		t.Fatal("the first run fails")
	}
}
