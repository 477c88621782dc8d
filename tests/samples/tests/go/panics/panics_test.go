// A package whose tests panic: the run ends in the middle.
package panics

import "testing"

func TestPasses(t *testing.T) {}

func TestPanics(t *testing.T) { panic("broke") }

func TestIsNeverReached(t *testing.T) {}
