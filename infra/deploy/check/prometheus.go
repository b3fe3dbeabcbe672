package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/config"
	_ "github.com/prometheus/prometheus/discovery/dns"
	_ "github.com/prometheus/prometheus/discovery/kubernetes"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// checkPrometheus reads a configuration as the server does at start.
func checkPrometheus(path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		return []string{err.Error()}
	}
	if _, err := config.Load(string(text), promslog.NewNopLogger()); err != nil {
		return []string{err.Error()}
	}
	fmt.Printf("%s: a configuration\n", path)
	return nil
}

// checkDashboard parses every query of a Grafana dashboard as PromQL.
func checkDashboard(path string) []string {
	text, err := os.ReadFile(path)
	if err != nil {
		return []string{err.Error()}
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		return []string{err.Error()}
	}
	var problems []string
	queries := 0
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			queries++
			// Grafana fills this in.
			expr := strings.ReplaceAll(target.Expr, "$__rate_interval", "1m")
			if _, err := parser.NewParser(parser.Options{}).ParseExpr(expr); err != nil {
				problems = append(problems, panel.Title+": "+err.Error())
			}
		}
	}
	if queries == 0 {
		problems = append(problems, "no query")
	}
	fmt.Printf("%s: %d queries\n", path, queries)
	return problems
}

// checkRules reads alert rules as the server does, queries and templates included.
func checkRules(path string) []string {
	groups, errors := rulefmt.ParseFile(path, false, model.UTF8Validation, parser.NewParser(parser.Options{}), promslog.NewNopLogger())
	var problems []string
	for _, err := range errors {
		problems = append(problems, err.Error())
	}
	if groups != nil {
		fmt.Printf("%s: %d groups\n", path, len(groups.Groups))
	}
	return problems
}
