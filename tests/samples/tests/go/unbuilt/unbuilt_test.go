// A package that does not build.
package unbuilt

import "testing"

func TestIsNeverBuilt(t *testing.T) { undefined() }
