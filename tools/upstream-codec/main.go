// What upstream's own codecs say, for tools/compare-codecs.ts: the types, made-up objects in every format, YAML in and out,
// and the bytes of given objects (src/kinds/testdata/golden.json).
//
//	go run . types
//	go run . -count 10 -seed 1 samples
//	go run . golden FILE.json...
//	go run . yaml < lines-of-json
//	go run . unyaml < lines-of-json-strings
package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	gojson "encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"time"

	apidiscoveryv2 "k8s.io/api/apidiscovery/v2"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/apimachinery/pkg/runtime/serializer/protobuf"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
	"sigs.k8s.io/randfill"
	"sigs.k8s.io/yaml"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// A field as Go's reflection and tags tell of it.
type field struct {
	Name      string `json:"name"`
	Type      string `json:"type"`
	Ref       string `json:"ref,omitempty"`
	Pointer   bool   `json:"pointer,omitempty"`
	OmitEmpty bool   `json:"omitempty,omitempty"`
	OmitZero  bool   `json:"omitzero,omitempty"`
	Inline    bool   `json:"inline,omitempty"`
	Tag       string `json:"tag,omitempty"`
	Elem      *field `json:"elem,omitempty"`
}

var structs = map[string][]field{}

func typeName(t reflect.Type) string { return t.PkgPath() + "." + t.Name() }

func describe(t reflect.Type) field {
	f := field{}
	for t.Kind() == reflect.Pointer {
		f.Pointer = true
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Struct:
		f.Type, f.Ref = "struct", typeName(t)
		visit(t)
	case reflect.Slice, reflect.Map:
		if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
			f.Type = "bytes"
			break
		}
		f.Type = map[reflect.Kind]string{reflect.Slice: "list", reflect.Map: "map"}[t.Kind()]
		e := describe(t.Elem())
		f.Elem = &e
	default:
		f.Type = t.Kind().String()
		if t.PkgPath() != "" {
			f.Ref = typeName(t)
		}
	}
	return f
}

func visit(t reflect.Type) {
	name := typeName(t)
	if _, ok := structs[name]; ok {
		return
	}
	structs[name] = []field{}
	fields := []field{}
	for i := 0; i < t.NumField(); i++ {
		sf := t.Field(i)
		words := strings.Split(sf.Tag.Get("json"), ",")
		if !sf.IsExported() || words[0] == "-" {
			continue
		}
		f := describe(sf.Type)
		f.Name = words[0]
		for _, word := range words[1:] {
			f.OmitEmpty = f.OmitEmpty || word == "omitempty"
			f.OmitZero = f.OmitZero || word == "omitzero"
			f.Inline = f.Inline || word == "inline"
		}
		f.Inline = f.Inline || f.Name == "" && sf.Anonymous
		if p := strings.Split(sf.Tag.Get("protobuf"), ","); len(p) > 1 {
			f.Tag = p[1]
		}
		fields = append(fields, f)
	}
	structs[name] = fields
}

// The served types: no internal ones, no lists, no options.
func kinds(s *runtime.Scheme) []schema.GroupVersionKind {
	out := []schema.GroupVersionKind{}
	for gvk := range s.AllKnownTypes() {
		isList := strings.HasSuffix(gvk.Kind, "List") && gvk.Group != "apidiscovery.k8s.io" && gvk.Kind != "APIGroupList" && gvk.Kind != "APIResourceList"
		isOption := gvk.Group != "" && (strings.HasSuffix(gvk.Kind, "Options") || gvk.Kind == "WatchEvent")
		if gvk.Version == runtime.APIVersionInternal || isList || isOption {
			continue
		}
		out = append(out, gvk)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].String() < out[j].String() })
	return out
}

// Texts that formats find hard.
var texts = []string{"a", "", "x-y.z/w", "true", "null", "1e3", "0x1f", "yes", "~", " lead", "trail ", "line\nbreak", "two\n\nlines\n",
	"tab\there", "quote'single", "quote\"double", "colon: x", "hash #x", "- dash", "ümläut", "日本語", "emoji 😀", "<b>&amp;</b>", "123", "-5",
	"2020-01-02", "2020-01-02T03:04:05Z", "{json: 1}", "[x]", "*star", "&amp", "!bang", "%pct", "@at", "`tick", "|", ">", "=", "back\\slash",
	"text that goes on and on so that a line is folded somewhere near the eightieth column of the output, or not at all"}

func of[T any](c randfill.Continue, all ...T) T { return all[c.Intn(len(all))] }

func filler(seed int64, odds float64) *randfill.Filler {
	return randfill.NewWithSeed(seed).NilChance(odds).NumElements(0, 3).MaxDepth(12).Funcs(
		func(s *string, c randfill.Continue) { *s = of(c, texts...) },
		func(i *int64, c randfill.Continue) { *i = of(c, 0, int64(c.Intn(1<<40))-(1<<20)) },
		func(i *int32, c randfill.Continue) { *i = of(c, 0, int32(c.Uint32())) },
		func(i *int, c randfill.Continue) { *i = int(c.Uint32()) },
		func(f *float64, c randfill.Continue) { *f = float64(c.Intn(1000)) / 8 },
		func(t *metav1.Time, c randfill.Continue) {
			*t = of(c, metav1.Time{}, metav1.Time{Time: time.Unix(int64(c.Intn(2000000000)), 0).UTC()})
		},
		func(t *metav1.MicroTime, c randfill.Continue) {
			*t = of(c, metav1.MicroTime{}, metav1.MicroTime{Time: time.Unix(int64(c.Intn(2000000000)), int64(c.Intn(1000000))*1000).UTC()})
		},
		func(d *metav1.Duration, c randfill.Continue) { d.Duration = time.Duration(c.Intn(1 << 40)) },
		func(q *resource.Quantity, c randfill.Continue) {
			*q = resource.MustParse(of(c, "0", "1", "100m", "1Gi", "1500m", "12e6", "1.5Gi", "1k"))
		},
		func(v *intstr.IntOrString, c randfill.Continue) {
			*v = of(c, intstr.FromInt32(int32(c.Intn(70000))), intstr.FromString(of(c, texts...)))
		},
		func(r *runtime.RawExtension, c randfill.Continue) {
			r.Raw = []byte(`{"a":[1,"b"],"apiVersion":"v1","kind":"X"}`)
		},
		func(f *metav1.FieldsV1, c randfill.Continue) { f.Raw = []byte(`{"f:metadata":{"f:labels":{}}}`) },
		func(j *apiextensions.JSON, c randfill.Continue) {
			j.Raw = []byte(of(c, `{"a":1}`, `"x"`, `5`, `true`, `[1,2]`))
		},
		func(j *apiextensions.JSONSchemaPropsOrArray, c randfill.Continue) {
			s := apiextensions.JSONSchemaProps{Type: "string"}
			*j = of(c, apiextensions.JSONSchemaPropsOrArray{Schema: &s}, apiextensions.JSONSchemaPropsOrArray{JSONSchemas: []apiextensions.JSONSchemaProps{s, {Type: "integer"}}})
		},
		func(j *apiextensions.JSONSchemaPropsOrBool, c randfill.Continue) {
			s := apiextensions.JSONSchemaProps{Type: "string"}
			*j = of(c, apiextensions.JSONSchemaPropsOrBool{}, apiextensions.JSONSchemaPropsOrBool{Allows: true}, apiextensions.JSONSchemaPropsOrBool{Allows: true, Schema: &s})
		},
		func(j *apiextensions.JSONSchemaPropsOrStringArray, c randfill.Continue) {
			s := apiextensions.JSONSchemaProps{Type: "string"}
			*j = of(c, apiextensions.JSONSchemaPropsOrStringArray{Schema: &s}, apiextensions.JSONSchemaPropsOrStringArray{Property: []string{"a", "b"}})
		},
		func(t *metav1.TypeMeta, c randfill.Continue) {},
	)
}

type written struct {
	Name       string `json:"name"`
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	JSON       string `json:"json"`
	YAML       string `json:"yaml"`
	Protobuf   string `json:"protobuf"` // hexadecimal
}

var (
	s     = scheme.Scheme
	jsonS = json.NewSerializerWithOptions(json.DefaultMetaFactory, s, s, json.SerializerOptions{})
	yamlS = json.NewSerializerWithOptions(json.DefaultMetaFactory, s, s, json.SerializerOptions{Yaml: true})
	pbS   = protobuf.NewSerializer(s, s)
)

// The object as it is after storage, in every format; types without protobuf go without.
func write(name string, data []byte, gvk *schema.GroupVersionKind) written {
	obj, gvk, err := jsonS.Decode(data, gvk, nil)
	must(err)
	obj.GetObjectKind().SetGroupVersionKind(*gvk)
	var j, y, p bytes.Buffer
	if err := pbS.Encode(obj, &p); err == nil {
		obj, _, err = pbS.Decode(p.Bytes(), gvk, nil)
		must(err)
		obj.GetObjectKind().SetGroupVersionKind(*gvk)
	}
	p.Reset()
	must(jsonS.Encode(obj, &j))
	must(yamlS.Encode(obj, &y))
	if err := pbS.Encode(obj, &p); err != nil {
		p.Reset()
	}
	return written{name, gvk.GroupVersion().String(), gvk.Kind, j.String(), y.String(), hex.EncodeToString(p.Bytes())}
}

func samples(count int, seed int64, say func(any)) {
	for _, gvk := range kinds(s) {
		for n := 0; n < count; n++ {
			obj, err := s.New(gvk)
			must(err)
			filler(seed*1000003+int64(n)*7919+int64(len(gvk.Kind)), []float64{0, 1, 0.5}[n%3]).Fill(obj)
			obj.GetObjectKind().SetGroupVersionKind(gvk)
			var j bytes.Buffer
			must(jsonS.Encode(obj, &j))
			say(write("", j.Bytes(), &gvk))
		}
	}
}

// Applies `answer` to each line of the input.
func lines(say func(any), answer func(line []byte) map[string]string) {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<26)
	for in.Scan() {
		say(answer(in.Bytes()))
	}
	must(in.Err())
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func main() {
	count := flag.Int("count", 3, "objects of each kind")
	seed := flag.Int64("seed", 1, "of what is made up")
	flag.Parse()
	must(apiextensions.AddToScheme(s))
	must(apiregistration.AddToScheme(s))
	must(apidiscoveryv2.AddToScheme(s))
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	encoder := gojson.NewEncoder(out)
	say := func(value any) { must(encoder.Encode(value)) }
	switch flag.Arg(0) {
	case "types":
		roots := map[string]string{}
		for _, gvk := range kinds(s) {
			t := s.AllKnownTypes()[gvk]
			roots[gvk.Group+"/"+gvk.Version+"/"+gvk.Kind] = typeName(t)
			visit(t)
		}
		say(map[string]any{"roots": roots, "structs": structs})
	case "samples":
		samples(*count, *seed, say)
	case "golden":
		all := []written{}
		for _, file := range flag.Args()[1:] {
			data, err := os.ReadFile(file)
			must(err)
			all = append(all, write(strings.TrimSuffix(filepath.Base(file), ".json"), data, nil))
		}
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		say(all)
	case "yaml":
		lines(say, func(line []byte) map[string]string {
			y, err := yaml.JSONToYAML(line)
			return map[string]string{"yaml": string(y), "error": message(err)}
		})
	case "unyaml":
		lines(say, func(line []byte) map[string]string {
			var text string
			must(gojson.Unmarshal(line, &text))
			j, err := yaml.YAMLToJSON([]byte(text))
			_, strict := yaml.YAMLToJSONStrict([]byte(text))
			return map[string]string{"json": string(j), "error": message(err), "strict": message(strict)}
		})
	default:
		must(fmt.Errorf("types, samples, golden, yaml or unyaml, not %q", flag.Arg(0)))
	}
}
